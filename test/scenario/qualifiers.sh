# shellcheck shell=bash
# Qualifiers and parameters that GT.M takes and passes over: here each acts, is refused, or is said to do nothing. Which one is
# read by which action is in the tables of mupip/*/grammars_*.cc.
only_headwater "GT.M is silent"
instance A B
root A
no_effect() { # no_effect SITE NAME WITH COMMAND...: it is taken, and a line says that NAME does nothing.
  local site=$1 name=$2 with=$3
  shift 3
  on "$site" "$@"
  said "%GTM-I-TEXT, -$name has no effect: it does not go with $with"
}

step "servers are asked with what belongs to other actions"
standby A B
update A 20
for qualifier in ZEROBACKLOG JNLFILEONLY; do
  for action in CHECKHEALTH SHOWBACKLOG NEEDRESTART; do
    no_effect A "$qualifier" "-$action" mupip replicate -source "-${action,,}" -instsecondary=B "-${qualifier,,}"
  done
done
no_effect A LOG_INTERVAL -STATSLOG mupip replicate -source -statslog=on -instsecondary=B -log_interval=7
no_effect A INSTSECONDARY -FREEZE mupip replicate -source -instsecondary=NOSUCH -freeze
expect_message A 106 "%GTM-E-CLIERR, Unrecognized option : INSTSECONDARY" mupip replicate -source -freeze -instsecondary=NOSUCH
receiver B
for qualifier in LOG=x LOG_INTERVAL=3 TIMEOUT=3 STOPSOURCEFILTER; do
  no_effect B "${qualifier%=*}" -CHECKHEALTH mupip replicate -receiver -checkhealth "-${qualifier,,}"
done
no_effect B FILTER "-START -HELPERS" mupip replicate -receiver -start -helpers -filter=/bin/cat
take_down B

step "a backup's copies without journaling"
on A mupip backup -nonewjnlfiles -nojournal DEFAULT "$FOLDER/copy"
said "%GTM-I-JNLSTATE, Journaling state for database file @/copy is now DISABLED"
on A mupip backup -nonewjnlfiles -replace -bkupdbjnl=disable -journal=off DEFAULT "$FOLDER/copy"
said "%GTM-I-JNLSTATE, Journaling state for database file @/copy is now OFF"
expect_message A 250 "Qualifier JOURNAL: Unrecognized option: JJ" mupip backup -nonewjnlfiles -journal=jj DEFAULT "$FOLDER/none"
[[ ! -e $FOLDER/none ]] || fail "a backup was made"
on A mupip backup -nonewjnlfiles -dbg -retry=3 -nettimeout=4 DEFAULT "$FOLDER/other"
for name in DBG RETRY NETTIMEOUT; do said "%GTM-I-TEXT, -$name has no effect: "; done

step "a rollback shows what is there, and says what it does not do" # Shows: journal.show
take_down A
on A mupip journal -rollback -backward -show=statistics '*'
said "SHOW output for journal file @/A/gtm.mjl"
said "%GTM-S-JNLSUCCESS, Rollback successful"
no_effect A EXTRACT -ROLLBACK mupip journal -rollback -backward -extract="$FOLDER/rolled.mjf" '*'
said "%GTM-I-FILENOTCREATE, Journal extract file @/rolled.mjf not created"
no_effect A BEFORE -ROLLBACK mupip journal -rollback -backward "-before=\"01-JAN-2020 00:00:01\"" '*'
no_effect A SINCE -ROLLBACK mupip journal -rollback -backward "-since=\"01-JAN-2020 00:00:01\"" '*'
no_effect A CHAIN -ROLLBACK mupip journal -rollback -backward -chain '*'
expect_message A 250 "%GTM-E-INVQUALTIME" mupip journal -rollback -backward -since=x '*'
expect_message A 250 "MUPIP JOURNAL -ROLLBACK only supports -FENCES=PROCESS" mupip journal -rollback -backward -fences=none '*'
on A mupip journal -rollback -backward -noverify '*'
said_times 0 "Verify successful"
check_everything

step "statistics of what is selected"
counted() { # counted KIND QUALIFIER...
  local kind=$1
  shift
  on A mupip journal -show=statistics -forward "$@" "$FOLDER/A/gtm.mjl"
  awk -v kind="$kind" '$1 == kind { print $2 }' "$SAID"
}
[[ $(counted TSET) -gt 0 || $(counted SET) -gt 0 ]] || fail "no update is counted: $(cat "$SAID")"
for none in -user=nobody -id=1 "-after=\"31-DEC-2099 00:00:00\""; do
  for kind in SET TSET PINI; do
    [[ $(counted "$kind" "$none") == 0 ]] || fail "$none counts: $(cat "$SAID")"
  done
done
[[ $(counted SET -global='^nosuch') == 0 && $(counted PINI -global='^nosuch') -gt 0 ]] || fail "of another global: $(cat "$SAID")"

step "a parameter that has no place is refused"
expect_message A 250 "MUPIP RUNDOWN only accepts a parameter when -FILE or -REGION is specified." mupip rundown "$FOLDER/A/x.dat"
expect_message A 250 "MUPIP RUNDOWN only accepts a parameter when -FILE or -REGION is specified." mupip rundown no_such_file
expect_message A 106 "%GTM-E-CLIERR, Too many parameters" mupip reorg -region=DEFAULT XREG

step "names with a variable, at mupip's own prompt"
export PLACE=$FOLDER/place
mkdir "$PLACE"
prompt() {
  quietly A mupip <<<"$1" >"$SAID" 2>&1 || fail "status $? of: $1"$'\n'"$(cat "$SAID")"
}
standby A B
update A 5
# shellcheck disable=SC2016 # mupip expands it.
{
  prompt 'extract $PLACE/all.zwr'
  prompt 'journal -extract=$PLACE/all.mjf -forward gtm.mjl'
  prompt 'load $PLACE/all.zwr'
  [[ -s $PLACE/all.zwr && -s $PLACE/all.mjf ]] || fail "$(ls "$PLACE" "$FOLDER/A")"
  take_down A
  prompt 'journal -rollback -backward -resync=21 -losttrans=$PLACE/lost *'
}
[[ -s $PLACE/lost ]] || fail "$(ls "$PLACE" "$FOLDER/A")"
expect_message A 255 "%SYSTEM-E-ENO2, No such file or directory" mupip load "\$NO_SUCH_PLACE/all.zwr"

step "a list of journals with a comma too many"
on A mupip journal -verify -forward gtm.mjl,x.mjl,
expect_message A 130 "%GTM-I-TEXT, A journal file without a name in gtm.mjl,,x.mjl" mupip journal -verify -forward gtm.mjl,,x.mjl

step "what cannot be a file because its folder is none is told so"
expect_message A 130 "%SYSTEM-E-ENO20, Not a directory" mupip journal -extract=gtm.gld/x.mjf -forward x.mjl
