# shellcheck shell=bash
# -needrestart: whether a secondary has talked to this primary, by its receiver or by a rollback, since this primary came up.
instance A B C
root A
standby A X
does_need="NEEDS to be restarted first"
does_not="DOES NOT NEED to be restarted"
asks() { on A mupip replicate -source -needrestart -instsecondary="$1"; }

step "a name that nobody ever used, and one that never called" # Shows: 3.needrestart.yes 4.decided.needrestart
asks NEVER
said "Initiating NEEDRESTART operation for secondary instance [NEVER]"
said "Secondary Instance [NEVER] $does_need"
feed A B
asks B
said "Initiating NEEDRESTART operation on source server pid [$(source_pid A B)] for secondary instance [B]"
said "Secondary Instance [B] $does_need"

step "once it has talked" # Shows: 3.needrestart.no
receiver B
link B C
update A 20
expect_equal A B C
asks B
said "Secondary Instance [B] $does_not"

step "only to its neighbours" # Shows: 3.needrestart.yes
asks C
said "Secondary Instance [C] $does_need"

step "also when its server is down, or another one runs" # Shows: 3.needrestart.no
unfeed A B
asks B
said "on source server pid [0] for secondary instance [B]"
said "Secondary Instance [B] $does_not"
stop_receiver B
update A 3
feed A B
asks B
said "Secondary Instance [B] $does_not"

step "the primary's own restart starts anew" # Shows: 3.needrestart.yes
take_down A
feed A B
standby A X
asks B
said "Secondary Instance [B] $does_need"

step "a rollback is a talk, too" # Shows: 3.needrestart.no
take_down B
on B mupip journal -rollback -backward -fetchresync="$(port B)" -losttrans="$FOLDER/lost.glo" '*'
asks B
said "Secondary Instance [B] $does_not"
standby B A
receiver B
feed B C
expect_equal A B C
