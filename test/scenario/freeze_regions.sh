# shellcheck shell=bash
# mupip freeze: updates of a frozen region wait and then go on, at the root and at a secondary; reads and backups go on. What the
# database files hold does not change meanwhile, whoever closes them.
instance A B
root A
link A B
update A 20
expect_equal A B

# files SITE: what the site's database files are.
files() { (cd "$FOLDER/$1" && sha256sum gtm.dat x.dat); }

step "what GT.M says"
on A mupip freeze -on '*'
said "Region DEFAULT is now FROZEN"
said "Region XREG is now FROZEN"
said "All requested regions frozen"
on A mupip freeze -on DEFAULT
on A mupip freeze -off '*'
said "Region XREG is now UNFROZEN"
said "All requested regions unfrozen"
on A mupip freeze -off '*'
expect_message A 130 "%GTM-E-NOREGION, REGION not found: NOSUCH" mupip freeze -on NOSUCH
for wrong in "-on -off" "-off -record" "-on -override" ""; do
  # shellcheck disable=SC2086
  expect_message A 106 "%GTM-E-CLIERR" mupip freeze $wrong DEFAULT
done

step "updates of a frozen region wait, others do not"
on A mupip freeze -on XREG
(echo 'set ^x("waits")=1' | quietly A "${STATEMENTS[@]}" >"$FOLDER/waited" 2>&1; echo "status $?" >>"$FOLDER/waited") &
waiter=$!
echo 'set ^a("goes on")=1' | quietly A "${STATEMENTS[@]}" || fail "the other region takes no update"
extract A | grep -q '"goes on"' || fail "the update of the other region is not there"
extract A | grep -q '"waits"' && fail "an update of a frozen region was made"
[[ -d /proc/$waiter ]] || fail "the update did not wait: $(cat "$FOLDER/waited")"
on A mupip freeze -off XREG
wait "$waiter"
grep -qx "status 0" "$FOLDER/waited" || fail "the update that had waited: $(cat "$FOLDER/waited")"
extract A | grep -q '"waits"' || fail "the update that had waited is not there"

step "a secondary whose regions are frozen receives, and applies later"
expect_equal A B
behind=$(seqno B)
on B mupip freeze -on '*'
update A 10
[[ $(seqno B) == "$behind" ]] || fail "B applied to a frozen region"
on B mupip replicate -receiver -checkhealth
on B mupip freeze -off '*'
expect_equal A B

if [[ $SYSTEM == headwater ]]; then
  step "everything stands in the file, and closing does not touch it"
  allow B HWFROZEN
  update A 10
  on A mupip freeze -on '*'
  frozen=$(files A)
  on A mupip backup -nonewjnlfiles DEFAULT "$FOLDER/copy"
  on A mupip integ -region '*'
  on A dse dump -fileheader -all
  said "FROZEN BY USER $(id -u)"
  expect_message A 130 "%GTM-E-HWFROZEN" mupip extend DEFAULT -blocks=10
  take_down A
  [[ $(files A) == "$frozen" ]] || fail "a frozen file was changed"
  mkdir "$FOLDER/R"
  global_directory R
  cp "$FOLDER"/A/*.dat "$FOLDER/R/"
  wanted=$(digest A)
  [[ $(digest R) == "$wanted" ]] || fail "a copy of the frozen files is not what A is"
  on R mupip set -replication=off -journal=disable -region '*'
  echo 'set ^a("copy")=1' | quietly R timeout 20 gbl run - || fail "a copy of a frozen file is frozen"
  [[ $(files A) == "$frozen" ]] || fail "a frozen file was changed"

  step "it outlives all processes; a transaction over both kinds waits; dse releases"
  feed A B
  (echo 'tstart  set ^a("both")=1,^x("both")=1 tcommit' | quietly A gbl run - >"$FOLDER/waited" 2>&1; echo "status $?" >>"$FOLDER/waited") &
  waiter=$!
  extract A | grep -q '"both"' && fail "a frozen region was changed"
  [[ -d /proc/$waiter ]] || fail "the transaction did not wait: $(cat "$FOLDER/waited")"
  on A dse change -fileheader -freeze=false
  said "Region DEFAULT is now UNFROZEN"
  extract A | grep -q '"both"' && fail "a part of a transaction was made"
  [[ -d /proc/$waiter ]] || fail "the transaction did not wait: $(cat "$FOLDER/waited")"
  on A dse all -nofreeze
  wait "$waiter"
  grep -qx "status 0" "$FOLDER/waited" || fail "the transaction that had waited: $(cat "$FOLDER/waited")"
  on A dse all -freeze
  said "Region XREG is now FROZEN"
  if [[ $(id -u) -eq 0 ]] && chmod -R a+rwX "$FOLDER" 2>/dev/null; then
    nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    expect_message A 10 "%GTM-E-FREEZEERR, Error while trying to unfreeze region DEFAULT" "${nobody[@]}" mupip freeze -off '*'
    said "Region: XREG is frozen by another user, not releasing freeze"
    on A "${nobody[@]}" mupip freeze -off -override '*'
  else
    on A mupip freeze -off '*'
  fi
  expect_message A 26 "%GTM-E-HWREFUSED" mupip freeze -on -online DEFAULT
fi
