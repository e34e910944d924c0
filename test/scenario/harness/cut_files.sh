# shellcheck shell=bash
# cut_files.sh -- verbs for files of a site that were cut, emptied or replaced while nobody had them open. `file` is the one in question,
# `way` what was done to it; kept-SITE has the site as it was.

# shorten FILE WAY: false when the file cannot be made shorter in that way.
shorten() {
  local bytes
  bytes=$(stat -c %s "$1")
  case $2 in
    emptied) : >"$1" ;;
    "one byte") truncate -s 1 "$1" ;;
    "in the header") truncate -s 300 "$1" ;;
    half) truncate -s $((bytes / 2)) "$1" ;;
    "a page short") [[ $bytes -gt 4096 ]] && truncate -s $((bytes - 4096)) "$1" ;;
    "a folder") rm "$1" && mkdir "$1" ;;
  esac
}
# ended COMMAND: it ended by itself, in time.
ended() {
  [[ $STATUS -lt 256 && $STATUS -ne 124 && $STATUS -ne 137 && ($STATUS -lt 132 || $STATUS -gt 136) && $STATUS -ne 139 ]] ||
    fail "status $STATUS of $1, $file $way: $(cat "$SAID")"
  ! grep -q 'broken invariant' "$SAID" || fail "$1, $file $way: $(cat "$SAID")"
  [[ $STATUS -eq 0 ]] || grep -qE '%G(TM|DE)-[EFW]-' "$SAID" || fail "$1, $file $way: status $STATUS without a message"
}
# put_back SITE: a pool that its control files name is closed first; with the files it would be forgotten.
put_back() {
  if ipcs -m | grep -q 0x; then
    if [[ $file != *-ctl ]]; then
      rm -rf "${FOLDER:?}/$1/$file"
      cp -a --sparse=always "$FOLDER/kept-$1/$file" "$FOLDER/$1/$file"
    fi
    attempt "$1" mupip rundown -region '*'
  fi
  rm -rf "${FOLDER:?}/$1"
  cp -a --sparse=always "$FOLDER/kept-$1" "$FOLDER/$1"
}
