# shellcheck shell=bash
# docs/scripts: administrators' scripts, run as they stand on Headwater and, by another test, on GT.M.
instance A B
scripts=$ROOT_OF_TREE/docs/scripts
choose_port A
choose_port B

# script SITE NAME ARGUMENT...: must end with 0.
script() {
  local site=$1 name=$2
  shift 2
  USED+=" $name"
  on "$site" "$scripts/$name" "$@"
}
no_backlog() { quietly "$1" "$scripts/monitor_backlog.sh" "$2"; }

step "start"
script B start_secondary.sh A "$(port B)"
note_source B A passive
script A start_primary.sh B 127.0.0.1 "$(port B)"
root A
note_source A B active
update A 50

step "monitor"
within "$DEADLINE_S" "no backlog from A to B" no_backlog A B
script A monitor_backlog.sh B
said "B backlog 0"
attempt A "$scripts/monitor_backlog.sh" NOSUCH
[[ $STATUS -eq 2 ]] || fail "status $STATUS for a secondary that is none"
expect_equal A B

step "journals"
script A switch_journals.sh 14
compgen -G "$FOLDER/A/gtm.mjl_*" >/dev/null || fail "no earlier journal file after a switch"
update A 10
touch -d '20 days ago' "$FOLDER"/A/gtm.mjl_*
script A switch_journals.sh 14
[[ $(compgen -G "$FOLDER/A/gtm.mjl_*" | wc -l) -eq 1 ]] || fail "the file of 20 days ago was not the one removed"
update A 10  # So that a rollback finds its turning point in the present files.
expect_equal A B

step "switchover"
script A stop.sh
forget_servers A
script B become_primary.sh A 127.0.0.1 "$(port A)"
root B
MODE["B A"]=active
script A become_secondary.sh B "$(port A)"
note_source A B passive
update B 30
within "$DEADLINE_S" "no backlog from B to A" no_backlog B A
expect_equal B A

step "nightly backup, with a journal switch"
rm -rf "$FOLDER"/B/gtm.mjl_*
USED+=" backup_nightly.sh"
for _ in 1 2 3; do  # Each has a second of its own.
  within 3 "a backup" quietly B "$scripts/backup_nightly.sh" "$FOLDER/backups" 2
  update B 10
done
[[ $(find "$FOLDER/backups" -mindepth 1 -maxdepth 1 | wc -l) -eq 2 ]] || fail "not two backups: $(ls -a "$FOLDER/backups")"
compgen -G "$FOLDER/B/gtm.mjl_*" >/dev/null || fail "no earlier journal file after a backup"
newest=$(find "$FOLDER/backups" -mindepth 1 -maxdepth 1 | sort | tail -1)
[[ $(find "$newest" -type f -printf '%f\n' | sort | tr '\n' ' ') == "gtm.dat gtm.repl x.dat " ]] || fail "in $newest: $(ls "$newest")"

step "refresh of the secondary"
within "$DEADLINE_S" "no backlog from B to A" no_backlog B A
script A stop.sh
forget_servers A
rm "$FOLDER/A/x.dat"
update B 20
attempt A env gtm_repl_instname=A "$scripts/refresh_secondary.sh" "$FOLDER/B/no-backup" B "$(port A)"
[[ $STATUS -eq 1 && -f $FOLDER/A/gtm.dat ]] || fail "status $STATUS for a backup that is none: $(cat "$SAID")"
USED+=" refresh_secondary.sh"
on A env gtm_repl_instname=A "$scripts/refresh_secondary.sh" "$newest" B "$(port A)"
note_source A B passive
update B 10
within "$DEADLINE_S" "no backlog from B to A" no_backlog B A
expect_equal B A

step "stop"
script B stop.sh
script A stop.sh
forget_servers A
forget_servers B
for script in "$scripts"/*.sh; do
  [[ " $USED " == *" ${script##*/} "* ]] || fail "${script##*/} was not run"
done
