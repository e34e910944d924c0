# shellcheck shell=bash
# unchecked.sh -- in place of everything.sh's and power_loss.sh's verbs where they do nothing: with GT.M, which has no counterpart, and
# with Headwater while the two are compared, as power losses leave lines in the logs.
check_everything() { :; }
power_loss() { :; }
power_off() { :; }
leaves_damage() { :; }
lose_power_somewhere() { :; }
check_closed() { :; }
forget_recording() { :; }
