# shellcheck shell=bash
# No output takes the place of a file that belongs to a site, of any kind, the own site's or another's: every command that
# writes a file is refused, and says so. Temporary names are no way in either: what somebody has put there stays as it is, a
# link is not followed, and only what a process of ours left there makes room.
only_headwater "the messages are ours"

instance A B
root A
link A B
mkdir "$FOLDER/C" "$FOLDER/copies"
global_directory C
on C mupip create
on C mupip set -journal=enable,on,before -region '*'
on C gbl set '^a' 1
update A 20
on A mupip journal -extract=extract.mjf -forward gtm.mjl
on A mupip set -journal=enable,on,before -region DEFAULT  # An earlier generation.
on A mupip backup -bytestream DEFAULT increment
on A mupip backup -replinstance=copy.repl DEFAULT copy.dat
on A mupip extract extract.zwr
on A gde show -commands -file=commands.com
EARLIER=$(basename "$(compgen -G "$FOLDER/A/gtm.mjl_*" | head -1)")
ln "$FOLDER/A/gtm.dat" "$FOLDER/copies/hard.x"
ln -s "$FOLDER/A/gtm.dat" "$FOLDER/copies/soft.x"
expect_equal A B
wanted=$(digest A)

# Which file it is, how long, and what is in one that no process of ours changes meanwhile. An image moves in the background.
look() {
  if [[ $1 == *-ckpt ]]; then stat -c '%F %i' "$1" 2>&1; else stat -c '%F %i %s' "$1" 2>&1; fi
  if [[ $1 == *.gld || $1 == *extract* || $1 == *.com ]]; then sha256sum <"$1"; fi
}
# untouched SITE FILE COMMAND: it is refused, says why, and the file is as it was.
untouched() {
  local site=$1 file=$2 command=$3 before
  before=$(look "$file")
  set -f
  # shellcheck disable=SC2086
  attempt "$site" timeout -s KILL 20 ${command//@/$file}
  set +f
  [[ $STATUS -ne 0 && $STATUS -ne 137 ]] || fail "status $STATUS of: ${command//@/$file}"$'\n'"$(cat "$SAID")"
  grep -q '%GTM-[EF]-\|%GDE-E-' "$SAID" || fail "no message of: ${command//@/$file}"$'\n'"$(cat "$SAID")"
  [[ $(look "$file") == "$before" ]] || fail "$file was $before and is $(look "$file") after: $command"
}

SITE_FILES=(gtm.gld gtm.repl gtm.dat gtm.dat-ckpt gtm.dat-ctl gtm.dat-lock gtm.mjl x.dat x.dat-ckpt x.dat-ctl x.dat-lock x.mjl)
OWN=("${SITE_FILES[@]/#/$FOLDER/A/}" "$FOLDER/A/$EARLIER" "$FOLDER/A/gtm.dat-bkup")
OTHERS=("$FOLDER"/B/{gtm.gld,gtm.repl,gtm.dat,gtm.dat-ckpt,gtm.dat-ctl,gtm.mjl})
TO_COME=("$FOLDER/A/x.dat-bkup" "$FOLDER/A/x.dat-ckpt_new" "$FOLDER/B/gtm.dat-bkup" "$FOLDER/B/x.dat-ckpt_new")
LINKS=("$FOLDER/copies/hard.x" "$FOLDER/copies/soft.x")
# The last two are as an agent has them.
TEXTS=("$FOLDER/A/extract.mjf" "$FOLDER/A/extract.zwr" "$FOLDER/A/commands.com" "$FOLDER/A/board.json" "$FOLDER/A/processes.1")
printf '{"format":1,"checksum":"0123456789abcdef","board":{}}\n' >"$FOLDER/A/board.json"
printf 'HWPT\1\0\0\0' >"$FOLDER/A/processes.1"

step "backups and what else writes a file of its own"
BACKUPS=("mupip backup DEFAULT @" "mupip backup -replace DEFAULT @" "mupip backup -replace -bytestream DEFAULT @"
  "mupip backup -replace -replinstance=@" "mupip backup -replace -replinstance=@ DEFAULT $FOLDER/copies/copy.dat"
  "mupip backup -replace XREG,DEFAULT $FOLDER/copies/x.dat,@")
for command in "${BACKUPS[@]}"; do
  for file in "${OWN[@]}" "${OTHERS[@]}" "${TO_COME[@]}" "${LINKS[@]}" "${TEXTS[@]}"; do untouched A "$file" "$command"; done
done
[[ -z $(find "$FOLDER/copies" -type f ! -name hard.x) ]] || fail "a backup that is refused has left $(find "$FOLDER/copies" -type f)"
WRITERS=("mupip extract @" "mupip extract -format=binary @" "gde show -commands -file=@"
  "mupip set -journal=enable,on,before,filename=@ -region XREG")
for command in "${WRITERS[@]}"; do
  for file in "${OWN[@]}" "${OTHERS[@]}" "${LINKS[@]}"; do
    # The region's own journal is switched.
    [[ $command == *filename* && $file == "$FOLDER/A/x.mjl" ]] || untouched A "$file" "$command"
  done
done
for file in "${OWN[@]}" "${OTHERS[@]}" "${LINKS[@]}"; do
  untouched A "$file" "mupip journal -extract=@ -forward $EARLIER"
  untouched A "$file" "mupip restore @ increment"
done

step "logs"
LOGS=("mupip replicate -source -start -passive -instsecondary=Z -rootprimary -log=@"
  "mupip replicate -source -changelog -instsecondary=B -log=@" "mupip replicate -receiver -start -listenport=1 -log=@"
  "gde log -on=@")
for command in "${LOGS[@]}"; do
  for file in "${OWN[@]}" "${OTHERS[@]}" "${LINKS[@]}" "${TEXTS[@]}"; do untouched A "$file" "$command"; done
done
for file in "${OWN[@]}" "${OTHERS[@]}" "${TEXTS[@]}"; do untouched B "$file" "mupip replicate -receiver -changelog -log=@"; done
[[ $(digest A) == "$wanted" ]] || fail "the data has changed"
expect_equal A B

step "what may be replaced is"
on A mupip integ -file copy.dat
on A mupip backup -replace -replinstance=copy.repl DEFAULT copy.dat
on A mupip backup -replace -bytestream DEFAULT increment
untouched A "$FOLDER/A/copy.dat" "mupip backup -replace -bytestream DEFAULT @"
untouched A "$FOLDER/A/increment" "mupip backup -replace DEFAULT @"
: >"$FOLDER/copies/empty"
on A mupip backup -replace DEFAULT "$FOLDER/copies/empty"
on C mupip integ -region '*'
mkfifo "$FOLDER/held"
quietly C gbl <"$FOLDER/held" >/dev/null 2>&1 &
holder=$!
exec 7>"$FOLDER/held"
echo 'set ^a=2' >&7
is_open() { [[ $(quietly C gbl get '^a') == *2* ]]; }
within "$DEADLINE_S" "it is open" is_open
untouched A "$FOLDER/C/gtm.dat" "mupip backup -replace DEFAULT @"
said "Processes have the database open"
exec 7>&-
wait "$holder"

# SITE|TEMPORARY|FILE|COMMAND: what the command writes has the name TEMPORARY first.
TEMPORARIES=(
  "A|full.dat-unfinished|full.dat|mupip backup DEFAULT full.dat"
  "A|full.inc-unfinished|full.inc|mupip backup -bytestream DEFAULT full.inc"
  "A|full.repl-unfinished|full.repl|mupip backup -replinstance=full.repl"
  "A|full.mjf_part|full.mjf|mupip journal -extract=full.mjf -forward gtm.mjl"
  "A|gtm.mjl_new||mupip set -journal=enable,on,before -region DEFAULT"
  "C|gtm.mjl_new||mupip set -journal=enable,on,before -region DEFAULT"
  "C|gtm.dat-ckpt_new||mupip set -journal=enable,on,before -region DEFAULT"
)
# in_the_way KIND PATH
in_the_way() {
  case $1 in
    letter) cp "$FOLDER/letter" "$2" ;;
    link) ln -s "$FOLDER/letter" "$2" ;;
    link_to_ours) ln -s "$FOLDER/C/x.dat" "$2" ;;
    link_to_nothing) ln -s "$FOLDER/nothing" "$2" ;;
    folder) mkdir "$2" ;;
    pipe) mkfifo "$2" ;;
  esac
}
# Backups have switched the journal: it needs something that can be extracted. What is in the database stays as it is.
something_in_the_journal() {
  on A gbl set '^zz' 1
  on A gbl kill '^zz'
}
step "temporary names that somebody else has"
echo 'to somebody' >"$FOLDER/letter"
letter=$(stat -c '%i %s %Y' "$FOLDER/letter")
before=$(stat -c '%i %s %Y' "$FOLDER/C/x.dat")
for row in "${TEMPORARIES[@]}"; do
  IFS='|' read -r site name file command <<<"$row"
  [[ $command != *-extract=* ]] || something_in_the_journal
  for kind in letter link link_to_ours link_to_nothing folder pipe; do
    in_the_way $kind "$FOLDER/$site/$name"
    kept=$(stat -c '%F %i %N' "$FOLDER/$site/$name")
    # shellcheck disable=SC2086
    attempt "$site" timeout -s KILL 20 $command
    [[ $STATUS -ne 0 && $STATUS -ne 137 ]] || fail "status $STATUS with a $kind as $name: $command"$'\n'"$(cat "$SAID")"
    grep -q "$name" "$SAID" || fail "$name is not said by: $command"$'\n'"$(cat "$SAID")"
    [[ $(stat -c '%F %i %N' "$FOLDER/$site/$name") == "$kept" ]] || fail "a $kind as $name is gone after: $command"
    [[ -z $file || ! -e $FOLDER/$site/$file ]] || fail "$file was made by: $command"
    [[ $(stat -c '%i %s %Y' "$FOLDER/letter") == "$letter" && ! -e $FOLDER/nothing ]] || fail "a link was followed by: $command"
    [[ $(stat -c '%i %s %Y' "$FOLDER/C/x.dat") == "$before" ]] || fail "a link to a database was followed by: $command"
    rm -rf "${FOLDER:?}/$site/$name"
  done
done

step "a journal that is called as the next one will be, and is used"
something_in_the_journal
for journal in gtm.mjl x.mjl; do
  cp "$FOLDER/A/$journal" "$FOLDER/A/gtm.mjl_new"
  kept=$(sha256sum <"$FOLDER/A/gtm.mjl_new")
  attempt A mupip set -journal=enable,on,before -region DEFAULT
  [[ $STATUS -ne 0 ]] || fail "status 0 with a copy of $journal as gtm.mjl_new"$'\n'"$(cat "$SAID")"
  said "It is no rest of a switch of this journal"
  [[ $(sha256sum <"$FOLDER/A/gtm.mjl_new") == "$kept" ]] || fail "the copy of $journal has changed"
  rm "$FOLDER/A/gtm.mjl_new"
done

step "temporary names that a process of ours left"
for row in "${TEMPORARIES[@]}"; do
  IFS='|' read -r site name file command <<<"$row"
  [[ $command != *-extract=* ]] || something_in_the_journal
  for kind in empty zeros part; do
    rm -f "$FOLDER/$site/${file:-nothing}"
    case $kind in
      empty) : >"$FOLDER/$site/$name" ;;
      zeros) head -c 20000 /dev/zero >"$FOLDER/$site/$name" ;;
      part)
        case $name in
          *.mjl_new) head -c 8192 "$FOLDER/$site/${name%_new}" >"$FOLDER/$site/$name" ;;  # All but its records.
          *) head -c 20000 "$FOLDER/C/x.dat" >"$FOLDER/$site/$name" ;;
        esac ;;
    esac
    # shellcheck disable=SC2086
    on "$site" $command
    [[ -z $file || -s $FOLDER/$site/$file ]] || fail "$file is not there after: $command"
    [[ ! -e $FOLDER/$site/$name ]] || fail "$name is left by: $command"
  done
done
on C mupip integ -region '*'
[[ $(digest A) == "$wanted" ]] || fail "the data has changed"
rm -r "$FOLDER/copies"
