# shellcheck shell=bash
# Every file of a site emptied, cut short, or replaced by a folder, while nobody has it open and while an application has it mapped:
# each command ends by itself, with a message or with its work done. Nothing is said to be done that was not; with the file back in
# its place everything is there.
only_headwater "GT.M's files are others"

step "C is journaled and has three journal files; A replicates"
mkdir "$FOLDER/C"
global_directory C
on C mupip create
on C mupip set -journal=enable,on,before -region '*'
nodes() { seq "$1" "$2" | sed 's/.*/set ^a(&)="a value of some length, number &"/'; }
nodes 1 1500 | quietly C gbl >/dev/null || fail "C is not filled"
# Images are brought up to here: they have the nodes, as the databases do.
on C mupip set -journal=enable,on,before -region '*'
on C gbl set '^x(1)' 1
on C mupip set -journal=enable,on,before -region '*'
on C gbl set '^a(0)' first
instance A
root A
standby A Z
update A 20
take_down A
forget_servers A
for site in A C; do
  extract "$site" >"$FOLDER/wanted-$site"
  cp -a --sparse=always "$FOLDER/$site" "$FOLDER/kept-$site"
done

# true_to_word SITE COMMAND: what was said to be done was.
true_to_word() {
  # It was closed in order, whatever is in the image's place.
  if [[ "$file $way $2" == "gtm.dat-ckpt a folder mupip integ"* ]]; then
    said "%GTM-E-DBOPNERR, Error opening database file $FOLDER/$1/gtm.dat-ckpt"
  fi
  [[ $STATUS -eq 0 ]] || return 0
  case $2 in
    "mupip extract"*) cmp <(grep '^\^' "$SAID") <(grep '^\^' "$FOLDER/wanted-$1") || fail "an extract is not whole: $file $way" ;;
    "gbl set"*)
      attempt "$1" gbl get '^a(1)'
      [[ $STATUS -eq 0 && $(cat "$SAID") == new ]] || fail "an update is not there: $file $way: $(cat "$SAID")"
      ;;
    "mupip integ"*)
      [[ $way != emptied && $way != "one byte" && $way != "a folder" || $file == *-ctl || $file == *-lock || $file == *.mjl_* ]] ||
        fail "integ finds nothing: $file $way"
      ;;
    "mupip backup"*)
      attempt "$1" mupip integ -file copies/gtm.dat
      [[ $STATUS -eq 0 ]] || fail "a backup is not whole: $file $way: $(cat "$SAID")"
      ;;
  esac
}

WAYS=(emptied "one byte" "in the header" half "a page short" "a folder")
FILES_OF_C=(gtm.dat gtm.dat-ckpt gtm.dat-ctl gtm.dat-lock gtm.mjl "$(cd "$FOLDER/C" && ls gtm.mjl_* | tail -1)")
COMMANDS_OF_C=("mupip extract -stdout" "gbl set ^a(1) new" "mupip integ -region *" "mupip backup DEFAULT copies"
  "mupip set -journal=enable,on,before -region *" "mupip rundown -region *" "mupip journal -recover -forward gtm.mjl")
COMMANDS_OF_A=("mupip journal -rollback -backward *" "mupip replicate -editinstance -show gtm.repl"
  "mupip replicate -source -start -passive -instsecondary=Z -rootprimary -log=source.log")

# walk SITE COMMAND...: every way of every file in FILES.
walk() {
  local site=$1 command
  shift
  for file in "${FILES[@]}"; do
    for way in "${WAYS[@]}"; do
      for command; do
        mkdir -p "$FOLDER/$site/copies"
        shorten "$FOLDER/$site/$file" "$way" || continue 2
        set -f
        # shellcheck disable=SC2086
        attempt "$site" $command
        set +f
        ended "$command"
        true_to_word "$site" "$command"
        if [[ $command == *-start* ]]; then
          attempt "$site" mupip replicate -source -shutdown -timeout=0
          ended "shutdown after $command"
          attempt "$site" mupip rundown -region '*'
          ended "rundown after $command"
        fi
        put_back "$site"
      done
    done
  done
}
step "C is down: ${FILES_OF_C[*]}, each: ${WAYS[*]}"
FILES=("${FILES_OF_C[@]}")
walk C "${COMMANDS_OF_C[@]}"
step "A is down: rollback and start"
FILES=(gtm.repl gtm.dat gtm.dat-ckpt gtm.mjl)
walk A "${COMMANDS_OF_A[@]}"

# An application that has C open; it is told what to do by descriptor 9.
begin_application() {
  rm -f "$FOLDER/pipe"
  mkfifo "$FOLDER/pipe"
  environment_of C
  ( cd "$FOLDER/C" && exec gbl <"$FOLDER/pipe" >"$FOLDER/said.application" 2>&1 ) &
  APPLICATION_PID=$!
  exec 9>"$FOLDER/pipe"
  echo "set ^u(1)=1" >&9
  within "$DEADLINE_S" "the application has updated C" is_updated
}
is_updated() { [[ $(quietly C gbl get '^u(1)') == 1 ]]; }

for file in gtm.mjl gtm.dat gtm.dat-ckpt gtm.dat-ctl gtm.dat-lock; do
  for way in emptied half; do
    step "C is up: $file $way"
    begin_application
    cp -a --sparse=always "$FOLDER/C/$file" "$FOLDER/put-back"
    shorten "$FOLDER/C/$file" "$way"
    nodes 1 400 | sed 's/\^a/^v/' >&9
    exec 9>&-
    wait $APPLICATION_PID
    STATUS=$?
    cp "$FOLDER/said.application" "$SAID"
    ended "an application"
    if [[ $way == emptied && ($file == gtm.mjl || $file == gtm.dat) ]]; then
      [[ $STATUS -ne 0 ]] || fail "updates are accepted"
      said "$FOLDER/C/$file"
      said "It was cut"
    fi
    for command in "mupip extract -stdout" "gbl set ^b 1" "mupip integ -region *" "mupip rundown -region *"; do
      set -f
      # shellcheck disable=SC2086
      attempt C $command
      set +f
      ended "$command"
    done
    cat "$FOLDER/put-back" >"$FOLDER/C/$file"  # The same file: what is said to be a copy would be refused.
    attempt C mupip rundown -region '*'
    ended "rundown"
    # What was put back is as it was before the process went on, which its journal tells.
    ! grep -q 'the journal goes on' "$SAID" || on C mupip integ -rebuild -region '*'
    on C mupip extract -stdout
    said '^u(1)="1"'
    [[ $(grep -c '^\^a(' "$SAID") -eq 1501 ]] || fail "nodes are missing: $file $way"
    put_back C
  done
done
put_back A
