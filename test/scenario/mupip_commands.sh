# shellcheck shell=bash
# docs/mupip-commands.md: the example of every row is answered as its row says, and no command is missing.
only_headwater "the page speaks of our answers"
instance A
on A mupip set -replication=off -region '*' # So that load needs no source server.
stops_replicating A
echo 'set ^a=1,^b(1)="x"' | quietly A gbl run - || fail "no updates"
on A mupip rundown -region '*'
on A bash -c "printf '%s\n' 'add -name n* -region=NEWREG' 'add -region NEWREG -dyn=NEWSEG' \
  'add -segment NEWSEG -file=new.dat' exit | gde"

page=$ROOT_OF_TREE/docs/mupip-commands.md
rows=0
walk() {
  local command here why example word missing
  while IFS='|' read -r _ command here why example _; do
    command=${command# } command=${command% } here=${here# } here=${here% } why=${why# } why=${why% }
    example=$(sed -n 's/^ *`\(.*\)` *$/\1/p' <<<"$example")
    [[ $command == command || $command == ---* ]] && continue
    SEEN+=" ${command//,/ } "
    [[ -n $example ]] || continue
    rows=$((rows + 1))
    attempt A bash -c "sleep 300 & PID=\$!; trap 'kill \$PID 2>/dev/null' EXIT; $example"
    case $here in
      done)
        [[ $STATUS -eq 0 ]] || fail "$example: status $STATUS, the page says done: $(cat "$SAID")"
        ! grep -qE 'HWREFUSED|CLIERR' "$SAID" || fail "$example: $(cat "$SAID")"
        ;;
      refused | "not needed")
        [[ $STATUS -ne 0 ]] || fail "$example: status 0, the page says $here"
        grep -q '%GTM-E-HWREFUSED, ' "$SAID" || fail "$example: not refused: $(cat "$SAID")"
        missing=$(grep -cF -- "$why" "$SAID")
        [[ $missing -gt 0 ]] || fail "$example: the page gives another reason than $(cat "$SAID")"
        ;;
      *) fail "a row says neither done, refused nor not needed: $command: $here" ;;
    esac
  done < <(awk -v part="## $1" '/^## / { here = $0 == part } here && /^\|/' "$page")
}

step "mupip"
SEEN=
walk mupip
for word in backup convert create crypt downgrade dumpfhead endiancvt exit extend extract freeze ftok hash help integ intrpt \
  journal load quit rctldump reorg replicate restore rundown semaphore set size stop trigger upgrade; do
  [[ $SEEN == *" $word "* ]] || grep -q "\`$word\`" "$page" || fail "mupip $word is not on the page"
done

step "dse"
SEEN=
walk dse
for word in add all buffer_flush cache change close critical dump evaluate exit find help integrit maps open overwrite page \
  quit range remove restore save shift spawn version wcinit; do
  [[ $SEEN == *" $word "* ]] || fail "dse $word is not on the page"
done
[[ $rows -gt 50 ]] || fail "only $rows rows were read"
