# shellcheck shell=bash
# Every command, with each file of a site emptied, cut in half or replaced by a folder while nobody has it open: it ends by itself, with a
# message or with its work done, and nothing is said to be done that was not. With the file back in its place everything is there.
# short_files.sh cuts files in more ways, for some commands, and while they are mapped.
only_headwater "GT.M's files are others"
LONGEST_COMMAND_S=60
mkdir "$FOLDER/C"
global_directory C
on C mupip create
on C mupip set -journal=enable,on,before -region '*'
instance A
root A
standby A Z
for site in A C; do
  update $site 20
  on $site mupip extract extract.zwr
  on $site mupip backup DEFAULT copy.dat
  on $site mupip backup -bytestream DEFAULT increment
  on $site gbl set '^y(1)' 1 # Backups have switched the journal.
  echo "GDSJEX07 ROLLBACK PRIMARY $site" >"$FOLDER/$site/lost"
  echo 'write ^y(1)' >"$FOLDER/$site/statements"
  echo 'show -map' >"$FOLDER/$site/commands.com"
done
take_down A
forget_servers A
for site in A C; do
  extract $site >"$FOLDER/wanted-$site"
  cp -a --sparse=always "$FOLDER/$site" "$FOLDER/kept-$site"
done
choose_port B
choose_port refresh
command_table
step "the table has every command"
expect_every_command

# What needs no file of a site, and what is said to go on after the command has ended.
NO_FILES='help|version|-version|evaluate|page|</dev/null|<<<|stop|template|log|log -on'
ROWS=()
for row in "${COMMANDS[@]}"; do
  command=${row#*|} command=${command%%#*}
  [[ $command =~ ^(mupip|dse|gbl|gde)\ -?($NO_FILES) ]] || ROWS+=("$command")
done
ROWS+=("mupip replicate -source -start -passive -instsecondary=Z -rootprimary -log=z.log -buffsize=$POOL_BYTES"
  "mupip journal -rollback -backward '*'" "mupip journal -rollback -backward -resync=5 -losttrans=lost.new '*'"
  "mupip journal -recover -backward gtm.mjl" "mupip integ -rebuild -region '*'" "mupip set -own -region '*'" "mupip rundown -region '*'"
  "mupip replicate -editinstance -cleanslots gtm.repl")
# true_to_word COMMAND: what was said to be done was.
true_to_word() {
  [[ $STATUS -eq 0 ]] || return 0
  case $1 in
    "mupip extract -stdout" | "mupip extract -format=go -stdout")
      [[ $(grep -c '^\^\|^[0-9]' "$SAID") -ge $(wc -l <"$FOLDER/wanted-$site") ]] || fail "an extract is not whole: $file $way: $(cat "$SAID")" ;;
    "gbl set ^a 1")
      attempt "$site" gbl get '^a'
      [[ $STATUS -eq 0 && $(cat "$SAID") == 1 ]] || fail "an update is not there: $file $way: $(cat "$SAID")" ;;
    "mupip backup -replace DEFAULT copy.dat")
      attempt "$site" mupip integ -file copy.dat
      [[ $STATUS -eq 0 ]] || fail "a backup is not whole: $file $way: $(cat "$SAID")" ;;
  esac
}
# An instance that is down takes no updates: what is no command of instances is given to C.
site_of() { case $1 in *replicate* | *rollback* | *own* | *_repl_*) echo A ;; *) echo C ;; esac; }
PASSES=("gtm.dat|emptied" "gtm.dat|half" "gtm.dat-ckpt|half" "gtm.dat-ctl|emptied" "gtm.dat-lock|a folder" "gtm.mjl|emptied" "gtm.mjl|half"
  "gtm.repl|emptied" "gtm.repl|half" "gtm.repl|a folder" "gtm.gld|half")
for pass in "${PASSES[@]}"; do
  IFS='|' read -r file way <<<"$pass"
  step "$file $way"
  for command in "${ROWS[@]}"; do
    site=$(site_of "$command")
    [[ $site == A || $file != gtm.repl ]] || continue
    [[ $command != gde* || $file == gtm.gld ]] || continue
    shorten "$FOLDER/$site/$file" "$way"
    attempt "$site" bash -c "exec $command"
    ended "$command"
    true_to_word "$command"
    if [[ $command == *-source\ -start* ]]; then
      attempt "$site" mupip replicate -source -shutdown -timeout=0
      ended "shutdown after $command"
    fi
    put_back "$site"
  done
done
for site in A C; do extract $site | cmp - "$FOLDER/wanted-$site" || fail "not all is there at $site"; done
