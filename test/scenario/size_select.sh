# shellcheck shell=bash
# mupip size takes what mupip extract takes as -select: names, name*, ranges; it refuses what is none, and what selects nothing.
only_headwater "GT.M's figures are others; what is selected and the statuses were compared with V7.0-005"
mkdir "$FOLDER/C"
global_directory C
on C mupip create
for name in a b c d dd x; do on C gbl set "^$name(1)" 1; done

# selects LIST GLOBAL...: these and no others are counted.
selects() {
  local list=$1 found
  shift
  on C mupip size "-select=$list"
  found=$(sed -n 's/^Global: \([^ ]*\) .*/\1/p' "$SAID" | sort | tr '\n' ' ')
  [[ $found == "$* " ]] || fail "-select=$list counts $found"
}
selects 'b:c' b c
selects '^b:^dd' b c d dd
selects 'd*' d dd
selects 'x,^b' b x
selects 'b:c,c:d' b c d
selects '*' a b c d dd x
for list in '(b,c)' 'c:b' 'b:' 'b:*' 'b(1)' 'b*:d'; do
  attempt C mupip size "-select=$list"
  [[ $STATUS -eq 130 ]] || fail "status $STATUS of -select=$list"$'\n'"$(cat "$SAID")"
  said "%GTM-F-SELECTSYNTAX, Argument to SELECT clause is not valid"
done
attempt C mupip size -select=zz
[[ $STATUS -eq 130 ]] || fail "status $STATUS when nothing is selected"
said "%GTM-W-NOSELECT"
