# shellcheck shell=bash
# B is away while A commits much more than its pool holds, and the journal generation that B needs next is deleted. A's
# source server says which file is missing and ends; A and C go on. The file comes back, and B catches up.
instance A B C
root A
link A B
link A C
update A 100
expect_equal A B C
stop_receiver B
update A 2000
on A mupip set -journal=on,before_images -region '*'
update A 15000
expect_equal A C

step "the generation is gone" # Shows: 4.files.gone breaks.26
generation=$(compgen -G "$FOLDER/A/gtm.mjl_*")
mv "$generation" "$FOLDER/aside"
receiver B
expect_log A source-B "-E-$CANNOT_OPEN_JOURNAL, Error opening journal file $generation"
expect_gone A source B
expect_message A 1 "%GTM-E-SRCSRVNOTEXIST, Source server for secondary instance B is not alive" \
  mupip replicate -source -checkhealth -instsecondary=B
update A 100
expect_equal A C

step "and back" # Shows: 4.files
mv "$FOLDER/aside" "$generation"
feed A B
expect_equal A B
