# shellcheck shell=bash
# A refresh gives up what only a former root has when it is told to, and not otherwise: not under another name, and not when its
# instance file is missing or has been made anew.
only_headwater "GT.M has no such command"
instance A B
root A
link A B
update A 100
expect_equal A B

step "the line is down: A makes 20 transactions that B never gets, and is shut down in order; B takes over"
unfeed A B
standby A B
update A 20
on A mupip replicate -source -shutdown -timeout=0
on A mupip rundown -region '*'
forget_servers A
on B mupip replicate -receiver -shutdown -timeout=0
activate B A
update B 10
choose_port refresh
on B mupip replicate -source -start -instsecondary=C -secondary=127.0.0.1:9 -log="$FOLDER/B/source-C.log" -rootprimary \
  -refreshport="${PORT[refresh]}"
files_of_a() { (cd "$FOLDER/A" && md5sum gtm.dat x.dat gtm.mjl x.mjl); }
before=$(files_of_a)
# kept WHAT QUALIFIER...: refused, and A has all it had.
kept() {
  local what=$1
  shift
  attempt A mupip replicate -refresh -from=127.0.0.1:"${PORT[refresh]}" "$@"
  [[ $STATUS -ne 0 ]] || fail "$what: what only A had was replaced without a word"
  said "%GTM-E-HWREFRESHLOST"
  [[ $(files_of_a) == "$before" ]] || fail "$what: A has changed"
}

step "as itself, and under another name"
kept "itself"
kept "another name" -name=A2

step "without its instance file, and with one made anew"
mv "$FOLDER/A/gtm.repl" "$FOLDER/away.repl"
kept "no instance file" -name=A
on A mupip replicate -instance_create -name=A
kept "a new instance file"

step "told to give it up, it does"
mv "$FOLDER/away.repl" "$FOLDER/A/gtm.repl"
[[ -n ${PORT[A]:-} ]] || choose_port A
on A mupip replicate -refresh -discard -from=127.0.0.1:"${PORT[refresh]}" -listenport="${PORT[A]}" -log="$FOLDER/A/receiver.log" \
  -buffsize="$POOL_BYTES"
said "%GTM-W-HWREFRESHDISCARD"
note_source A B passive
allow HWREFRESHPEER
expect_equal B A
