# shellcheck shell=bash
# Sites in UTF-8 mode and in M mode hold the same bytes; what is text is written and read in each one's own mode: extracts,
# their loads, journal extracts. GT.M says the same in both modes.
CHARSET[A]=UTF-8
CHARSET[C]=UTF-8
instance A B C
root A
link A B
link B C

# say A: runs what is on standard input.
say() { quietly "$1" "${STATEMENTS[@]}" >"$SAID" 2>&1 && [[ ! -s $SAID ]] || fail "statements on $1: $(cat "$SAID")"; }
# A database without replication.
database() { # NAME MODE
  CHARSET[$1]=$2
  mkdir -p "$FOLDER/$1"
  rm -f "$FOLDER/$1"/*.dat*
  [[ -e $FOLDER/$1/gtm.gld ]] || global_directory "$1"
  on "$1" mupip create
}
same_digest() { [[ $(digest "$1") == "$(digest "$2")" ]] || fail "$1 and $2 hold different nodes: $(diff <(extract "$1") <(extract "$2") | head -5)"; }
has_line() { grep -qxF -- "$2" "$1" || fail "no line $2 in $1: $(cat "$1")"; }

step "a root in UTF-8 mode, a secondary in M mode, and one in UTF-8 mode below it" # Shows: utf8.sites
say A <<'E2'
set ^a("é")="naïve €",^x("😀")=$C(8232,173)_"x"
set ^a("bytes")=$ZCH(255,195)_"y",^a($ZCH(200)_"z",$C(9))=$C(233,9)
tstart ():(serial:transaction="BATCH") set ^a("both")="é",^x("both")="é" tcommit
kill ^a("both")
E2
update A 40
expect_equal A B C

step "an extract is of the mode of the program that makes it" # Shows: utf8.extract
for site in A B C; do
  on "$site" mupip extract -format=zwr "$FOLDER/$site.zwr"
  on "$site" mupip extract -format=binary "$FOLDER/$site.bin"
done
on B mupip extract -format=go "$FOLDER/B.go"
expect_message A 250 "Extract error: GO format is not supported in UTF-8 mode. Use ZWR format." mupip extract -format=go "$FOLDER/A.go"
said "%GTM-E-MUPCLIERR, Action not taken due to CLI errors"
for file in A C; do [[ $(head -n 1 "$FOLDER/$file.zwr") == "GT.M MUPIP EXTRACT UTF-8" ]] || fail "$file: $(head -n 1 "$FOLDER/$file.zwr")"; done
for file in B.zwr B.go; do [[ $(head -n 1 "$FOLDER/$file") == "GT.M MUPIP EXTRACT" ]] || fail "$file: $(head -n 1 "$FOLDER/$file")"; done
diff <(tail -n +3 "$FOLDER/A.zwr") <(tail -n +3 "$FOLDER/C.zwr") >"$SAID" || fail "A and C extract differently: $(cat "$SAID")"
has_line "$FOLDER/A.zwr" '^a("é")="naïve €"'
has_line "$FOLDER/A.zwr" '^a("bytes")=$ZCH(255,195)_"y"'
has_line "$FOLDER/A.zwr" '^a($ZCH(200)_"z",$C(9))="é"_$C(9)'
has_line "$FOLDER/A.zwr" '^x("😀")=$C(8232,173)_"x"'
has_line "$FOLDER/B.zwr" "^a(\"bytes\")=\$C(255)_\"$(printf '\303')y\""

step "it is loaded in its own mode, and then is the same" # Shows: utf8.load
sed '1s/$/ UTF-8/' "$FOLDER/B.go" >"$FOLDER/A.go"
database D UTF-8
expect_message D 10 "%GTM-E-LOADINVCHSET, Extract file CHSET (M) is incompatible with gtm_chset" mupip load "$FOLDER/B.zwr"
on D mupip load "$FOLDER/A.zwr"
same_digest A D
for format in zwr go; do
  database E M
  expect_message E 10 "%GTM-E-LOADINVCHSET, Extract file CHSET (UTF-8) is incompatible with gtm_chset" mupip load "$FOLDER/A.$format"
  on E mupip load "$FOLDER/B.$format"
  same_digest A E
done

step "so is a binary extract"
database D UTF-8
on D mupip load "$FOLDER/A.bin"
same_digest A D
database E M
on E mupip load "$FOLDER/B.bin"
same_digest A E
if [[ $SYSTEM == headwater ]]; then # Whose binary extracts are of no mode.
  database E M
  on E mupip load "$FOLDER/A.bin"
  same_digest A E
fi

step "journal extracts too are of the mode of the program" # Shows: utf8.journal
on A mupip journal -extract="$FOLDER/A.mjf" -forward "$FOLDER/A/gtm.mjl"
on B mupip journal -extract="$FOLDER/B.mjf" -forward "$FOLDER/B/gtm.mjl"
on A mupip journal -extract="$FOLDER/A.detail" -detail -forward "$FOLDER/A/gtm.mjl"
[[ $(head -n 1 "$FOLDER/A.mjf") == "GDSJEX07 UTF-8" ]] || fail "A: $(head -n 1 "$FOLDER/A.mjf")"
[[ $(head -n 1 "$FOLDER/B.mjf") == "GDSJEX07" ]] || fail "B: $(head -n 1 "$FOLDER/B.mjf")"
[[ $(head -n 1 "$FOLDER/A.detail") == "GDSJDX08 UTF-8" ]] || fail "A: $(head -n 1 "$FOLDER/A.detail")"
grep -qF '\^a("é")="naïve €"' "$FOLDER/A.mjf" || fail "$(cat "$FOLDER/A.mjf")"
grep -qF '\^a("bytes")=$ZCH(255,195)_"y"' "$FOLDER/A.mjf" || fail "$(cat "$FOLDER/A.mjf")"
grep -qF "\\^a(\"bytes\")=\$C(255)_\"$(printf '\303')y\"" "$FOLDER/B.mjf" || fail "$(cat "$FOLDER/B.mjf")"

step "a site's programs change their mode, and it goes on"
CHARSET[B]=UTF-8
update A 10
say A <<'E2'
set ^a("later")="ü"
E2
expect_equal A B C
on B mupip extract -format=zwr -select=a "$FOLDER/B2.zwr"
has_line "$FOLDER/B2.zwr" '^a("later")="ü"'
check_everything
