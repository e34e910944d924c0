# shellcheck shell=bash
# -source -freeze: there is no instance freeze here, and the command says so.
only_headwater "GT.M freezes"
instance A
root A
step "no pool" # Shows: 3.freeze
expect_message A 138 "%GTM-E-NOJNLPOOL" mupip replicate -source -freeze
feed A X

step "it is off, and stays so" # Shows: 3.freeze
on A mupip replicate -source -freeze
said "Instance Freeze: OFF"
on A mupip replicate -source -freeze=off
expect_message A 250 "Instance Freeze is not supported" mupip replicate -source -freeze=on -comment=maintenance
said "%GTM-E-MUPCLIERR, Action not taken due to CLI errors"
expect_message A 250 "Missing qualifier, must specify either COMMENT or NOCOMMENT with FREEZE=ON" mupip replicate -source -freeze=on
update A 3
on A mupip replicate -source -freeze
said "Instance Freeze: OFF"
