# shellcheck shell=bash
# docs/runbook/instance-file-lost.md: the root's instance file is damaged; the instances below are made again from a backup.
only_headwater "the pages speak of our programs"
instance A B C
root A
link A B
link B C
update A 100
expect_equal A B C

step "B is behind when A's instance file is lost: nobody can say any more where B stands" # Shows: 2.recreate
unfeed A B
standby A B
update A 20
take_down A
for at in 0 1024; do printf 'damaged' | dd of=A/gtm.repl conv=notrunc status=none bs=1 seek=$at; done
expect_message A 186 "%GTM-E-REPLINSTFMT" mupip replicate -source -start -passive -instsecondary=B \
  -log="$FOLDER/A/source-B.log" -rootprimary
save A
rm A/gtm.repl
on A mupip replicate -instance_create -name=A
feed A B
expect_log A source-B "%GTM-E-REPLINSTNOHIST, "
expect_gone B receiver
take_down A
attempt B mupip replicate -receiver -shutdown -timeout=0
restore A

step "by the runbook" # Shows: 2.recreate
receiver B
runbook instance-file-lost "Steps"
forget_servers B
note_source A B active
note_source B C active
note_source C B passive
runbook instance-file-lost "How to know that it worked"
expect_equal A B C
application A
for site in A B C; do expect_history "$site" "A 121 1"; done
stop_application A
expect_equal A B C
check_everything
power_loss B
expect_equal A B C

step "and the tree is one that B can take over" # Shows: 2.recreate
switchover A B
update B 50
expect_equal B A C

step "B's own file is lost, its databases are well: who is below B cannot be placed, and is made again from a backup" # Shows: 2.recreate
switchover B A
unfeed A C
feed B C
update A 20
expect_equal A B C
stop_receiver C
update A 20
expect_equal A B
take_down B
rm B/gtm.repl
on B mupip replicate -instance_create -name=B
receiver B -updateresync
feed B C
expect_equal A B
receiver C
expect_log B source-C "%GTM-E-REPLINSTNOHIST, "
expect_gone C receiver
attempt C mupip replicate -receiver -shutdown -timeout=0
take_down C
mkdir for-C
on B mupip backup -replinstance="$FOLDER/for-C" '*' "$FOLDER/for-C"
rm -rf C/gtm.* C/x.*
cp for-C/*.dat C/
global_directory C
on C mupip set -replication=on -journal=enable,on,before_images -region '*'
on C mupip replicate -instance_create -name=C
receiver C -updateresync="$FOLDER/for-C/gtm.repl"
update A 20
expect_equal A B C
