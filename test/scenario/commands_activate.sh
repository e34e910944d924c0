# shellcheck shell=bash
# -activate and -deactivate: all eight cases of section 3.
instance A B
choose_port X
activate="mupip replicate -source -activate -secondary=127.0.0.1:$(port X) -log=$FOLDER/A/source-X.log $CONNECT"
deactivate="mupip replicate -source -deactivate"
is_active() { quietly "$1" mupip replicate -source -checkhealth -instsecondary="$2" 2>&1 | grep 'alive in ACTIVE mode'; }

root A
standby A X
step "-activate, propagate asked, updates enabled" # Shows: 3.activate.3 11.PRIMARYISROOT
# shellcheck disable=SC2086
expect_message A 34 "%GTM-E-PRIMARYISROOT, Attempted operation not valid on root primary instance A" \
  $activate -instsecondary=X -propagateprimary
expect_passive A X >"$SAID" || fail "no longer passive"

step "-activate, root asked, updates enabled" # Shows: 3.activate.1 3.role.default
# shellcheck disable=SC2086
on A $activate -instsecondary=X
within "$DEADLINE_S" "it turns active" is_active A X
update A 1

step "-deactivate, propagate asked, updates enabled" # Shows: 3.deactivate.3 3.role.default
# shellcheck disable=SC2086
expect_message A 34 "%GTM-E-PRIMARYISROOT, Attempted operation not valid on root primary instance A" \
  $deactivate -instsecondary=X
is_active A X >"$SAID" || fail "no longer active"

step "-deactivate, root asked, updates enabled" # Shows: 3.deactivate.1
# shellcheck disable=SC2086
on A $deactivate -instsecondary=X -rootprimary
within "$DEADLINE_S" "it turns passive" expect_passive A X
update A 1
take_down A

root B # A propagates from now on.
standby A X
step "-activate, propagate asked, updates disabled" # Shows: 3.activate.4 breaks.14
# shellcheck disable=SC2086
on A $activate -instsecondary=X -propagateprimary
within "$DEADLINE_S" "it turns active" is_active A X
expect_refused A

step "-deactivate, root asked, updates disabled" # Shows: 3.deactivate.2 11.PRIMARYNOTROOT
# shellcheck disable=SC2086
expect_message A 178 "%GTM-E-PRIMARYNOTROOT, Attempted operation not valid on non-root primary instance A" \
  $deactivate -instsecondary=X -rootprimary
is_active A X >"$SAID" || fail "no longer active"

step "-deactivate, propagate asked, updates disabled" # Shows: 3.deactivate.4
# shellcheck disable=SC2086
on A $deactivate -instsecondary=X
within "$DEADLINE_S" "it turns passive" expect_passive A X

step "-activate, root asked, updates disabled" # Shows: 3.activate.2 2.at-promotion
expect_history A "A 1 1"
# shellcheck disable=SC2086
on A $activate -instsecondary=X -rootprimary
expect_history A "A 1 1" "A 3 2"
within "$DEADLINE_S" "it turns active" is_active A X
update A 1
