# shellcheck shell=bash
# The files of a root that is at work cannot be looked at by its agent: of another user now, removed, replaced, cut, a folder in their
# place. The agent says that it cannot tell, and why; the root is not called down, no server is ended or started, nobody takes its place.
# With the file back all is as it was. docs/security.md, "What cannot be seen is not taken for absent".
only_headwater "there are no agents"
need_users
two_sites
for site in A B; do chown -R 20001:30000 "$FOLDER/$site"; done
# The agents are the owner's, who may not look at everything, as root may.
for program in hwd hwadm; do cp "$HW_BIN/$program" "$FOLDER/bin/"; done
mkdir "$FOLDER/home"
ln -s "$FOLDER/bin" "$FOLDER/home/bin"
sed -i "s|^HOME=.*|HOME=$FOLDER/home|" "$FOLDER/nodes.ini"
sed -i "s|home=\"[^\"]*\"|home=\"$FOLDER/home\"|" "$FOLDER/shop.toml"
chown 20001:30000 "$FOLDER/key" "$FOLDER/n1" "$FOLDER/n2"
chmod 755 "$FOLDER/n1" "$FOLDER/n2" "$FOLDER/A" "$FOLDER/B"
for node in n1 n2; do
  (cd / && HW_KEY_FILE=$FOLDER/key exec setpriv --reuid=20001 --regid=30000 --clear-groups "$FOLDER/bin/hwd" -i "$FOLDER/nodes.ini" -l $node) >"$SAID" 2>&1 </dev/null ||
    fail "agent of $node: $(cat "$SAID")"
done
adm_ends n1 0 "generation 1 is current on 2 nodes" config apply "$FOLDER/shop.toml"
adm_does n1 boot
adm_shows n1 "^instance A  n1  root  epoch 1" status
update A 20
domain_equal n1 A B
servers=$(processes_of A | sort | tr '\n' ' ')

# WAY|PROBLEM: what is done to A/gtm.repl, a copy of which is in $FOLDER/kept, and what status says of it.
TABLE=("the folder is another user's|REPLINSTOPEN" "another user's|REPLINSTOPEN" "removed|FILENOTFND" "replaced by a copy|HWUNSEEN"
  "emptied|REPLINSTREAD" "cut|REPLINST" "a folder|REPLINST" "another program's|REPLINSTFMT" "a link to nothing|FILENOTFND")
file=$FOLDER/A/gtm.repl
put() {
  case $1 in
    "the folder is another user's") chown 0:0 "$FOLDER/A" && chmod 700 "$FOLDER/A" ;;
    "another user's") chown 0:0 "$file" && chmod 600 "$file" ;;
    removed) rm "$file" ;;
    "replaced by a copy") cp -a "$file" "$file.x" && mv "$file.x" "$file" ;;
    emptied) rm "$file" && : >"$file" ;;
    cut) rm "$file" && head -c 100 "$FOLDER/kept" >"$file" ;;
    "a folder") rm "$file" && mkdir "$file" ;;
    "another program's") rm "$file" && head -c 20000 /dev/urandom >"$file" ;;
    "a link to nothing") rm "$file" && ln -s "$FOLDER/nothing" "$file" ;;
    *) fail "no such way: $1" ;;
  esac || fail "cannot be done: $1"
}
put_back() {
  chown 20001:30000 "$FOLDER/A" && chmod 755 "$FOLDER/A"
  rm -rf "$file"
  ln "$FOLDER/original" "$file"
  chown 20001:30000 "$file" && chmod 644 "$file"
}

ln "$file" "$FOLDER/original"
for row in "${TABLE[@]}"; do
  way=${row%|*}
  step "$way"
  cp -a "$FOLDER/original" "$FOLDER/kept"
  put "$way"
  adm_shows n2 "^instance A  n1  unseen  epoch" status
  adm n2 status
  grep -qE "^problem [EF] ${row#*|}" "$SAID" || fail "$way: no problem ${row#*|}: $(cat "$SAID")"
  ! grep -qE "instance A .* down" "$SAID" || fail "$way: called down: $(cat "$SAID")"
  adm n2 status --json
  [[ $(cat "$SAID") == *'"role":null'* || $(cat "$SAID") == *'"role": null'* ]] || fail "$way: a role: $(cat "$SAID")"
  adm n2 switchover B -y
  [[ $STATUS -ne 0 ]] || fail "$way: B has taken over: $(cat "$SAID")"
  put_back
  adm_shows n2 "^instance A  n1  root  epoch 1" status
  [[ $(processes_of A | sort | tr '\n' ' ') == "$servers" ]] || fail "$way: processes of A were $servers, are $(processes_of A)"
  update A 3
  domain_equal n2 A B
done
adm_does n1 down -y
agents_stop n1 n2
