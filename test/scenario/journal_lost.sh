# shellcheck shell=bash
# Processes die and the journals are gone for good. Every command says so; mupip rundown -override makes the data readable and
# says what it gives up; it does not give up a journal that is there and cannot be opened for another reason.
only_headwater "GT.M's rundown gives up journals without being told to"
made() {
  mkdir "$FOLDER/$1" "$FOLDER/$1/J"
  global_directory "$1"
  on "$1" mupip create
  on "$1" mupip set -journal="enable,on,before,file=$FOLDER/$1/J/a.mjl" -region DEFAULT
  on "$1" mupip set -journal="enable,on,before,file=$FOLDER/$1/J/x.mjl" -region XREG
  on "$1" gbl set '^a(1)' 1
}
# dies SITE: a process that has updated both regions is killed.
dies() {
  rm -f "$FOLDER/$1/in"
  mkfifo "$FOLDER/$1/in"
  ( environment_of "$1"; cd "$FOLDER/$1" && exec gbl <"$FOLDER/$1/in" >/dev/null 2>&1 ) &
  local pid=$!
  exec 8>"$FOLDER/$1/in"
  printf 'set ^a(2)=2\nset ^x(2)=2\n' >&8
  is_there() { [[ $(quietly "$1" gbl get '^x(2)') == 2 && $(quietly "$1" gbl get '^a(2)') == 2 ]]; }
  within "$DEADLINE_S" "the updates are there" is_there "$1"
  kill -KILL $pid
  wait $pid 2>/dev/null
  exec 8>&-
}

for boot in same another; do
  for lost in missing damaged; do
    # One that is there, of processes whose shared memory is there, is closed without a look at what it holds.
    [[ $lost == missing || $boot == another ]] || continue
    site=${boot:0:1}$lost
    step "journals $lost, $boot boot"
    made "$site"
    on "$site" mupip set -journal=enable,on,before -region '*'
    dies "$site"
    rm -f "$FOLDER/$site"/J/*.mjl_*
    for file in "$FOLDER/$site"/J/*.mjl; do
      if [[ $lost == missing ]]; then rm "$file"; else head -c 100000 /dev/urandom >"$file"; fi
    done
    if [[ $boot == another ]]; then
      own_space || continue
      export HW_BOOT_ID=another
      # Shared memory does not outlive its machine; all of it here is this scenario's.
      for segment in $(ipcs -m | awk '$2 ~ /^[0-9]+$/ { print $2 }'); do ipcrm -m "$segment"; done
    fi
    for command in "extract -stdout" "rundown -region *" "set -journal=disable -region *"; do
      # shellcheck disable=SC2086
      ( set -f; attempt "$site" mupip $command; [[ $STATUS -ne 0 ]] ) || fail "$command is done: $(cat "$SAID")"
    done
    on "$site" mupip rundown -override -region '*'
    said "is used without its journal file @/$site/J/a.mjl"
    on "$site" mupip extract -stdout
    said '^a(1)="1"'
    if [[ $boot == same ]]; then
      said '^a(2)="2"'
    else
      compgen -G "$FOLDER/$site/gtm.dat_*" >/dev/null || fail "the file that is not trusted is not kept"
    fi
    on "$site" mupip integ -region '*'
    rm -f "$FOLDER/$site"/J/*
    on "$site" mupip set -journal=enable,on,before -region '*'
    on "$site" gbl set '^a(3)' 3
    unset HW_BOOT_ID
  done
done

step "a journal that is there is not given up, however few descriptors there are"
made K
dies K
for descriptors in 4 5 6 7 8 9 10 12; do
  (ulimit -n $descriptors && quietly K mupip rundown -override -region '*') >"$SAID" 2>&1
  ! grep -q 'is used without its journal' "$SAID" || fail "given up with $descriptors descriptors: $(cat "$SAID")"
done
on K mupip rundown -override -region '*'
! grep -q 'is used without its journal' "$SAID" || fail "given up: $(cat "$SAID")"
on K mupip extract -stdout
said '^a(2)="2"'
