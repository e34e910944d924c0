#include "engine/base/message.h"

#include <gtest/gtest.h>

#include "engine/base/file.h"
#include "engine/base/result.h"

namespace hw {
namespace {

TEST(Message, PrintedFormAndExitStatusAreThoseOfGtm) {
  const Error error = make_error<MsgId::REPLINSTNMLEN>("ABCDEFGHIJKLMNOP");
  EXPECT_EQ(error.render(),
            "%GTM-E-REPLINSTNMLEN, Replication instance name ABCDEFGHIJKLMNOP should be 1 to 15 characters long\n");
  EXPECT_EQ(error.status(), 106);
  EXPECT_EQ(exit_status(MsgId::SRCSRVNOTEXIST, Severity::Error), 202);
  EXPECT_EQ(exit_status(MsgId::MUNOTALLSEC, Severity::Warning), 200);
  EXPECT_EQ(exit_status(MsgId::DBNOCRE, Severity::Fatal), 84);
  EXPECT_EQ(exit_status(MsgId::FORCEDHALT, Severity::Fatal), 241);  // As of a process that the signal ended at once.
}

TEST(Message, SystemReasonFollowsOnItsOwnLine) {
  const Error error = make_error<MsgId::REPLINSTOPEN>("x.repl").with_errno(ENOENT);
  EXPECT_EQ(error.render(),
            "%GTM-E-REPLINSTOPEN, Error opening replication instance file x.repl\n"
            "%SYSTEM-E-ENO2, No such file or directory\n");
}

TEST(Message, ACauseIsPrintedAheadOfWhatFollowsFromItOrBehindIt) {
  const Error cause = make_error<MsgId::REPLINSTOPEN>("x.repl").with_errno(ENOENT);
  const std::string lines =
      "%GTM-E-REPLINSTOPEN, Error opening replication instance file x.repl\n"
      "%SYSTEM-E-ENO2, No such file or directory";
  const std::string last = "%GTM-E-MUNOACTION, MUPIP unable to perform requested action";
  EXPECT_EQ(cause.lines(), lines);
  EXPECT_EQ(cause.render(), lines + "\n");
  const Error ahead = make_error<MsgId::MUNOACTION>().after(cause);
  EXPECT_EQ(ahead.render(), lines + "\n" + last + "\n");
  EXPECT_EQ(ahead.status(), make_error<MsgId::MUNOACTION>().status());
  EXPECT_EQ(make_error<MsgId::MUNOACTION>().because(cause).render(), last + "\n" + lines + "\n");
  EXPECT_EQ(make_error<MsgId::MUNOACTION>().after("why").lines(), "why\n" + last);
}

// A failover script looks at the status alone, whatever a command says last.
TEST(Message, NotKnownStaysTheStatusWhateverTheLastMessageIs) {
  const Error unseen = make_error<MsgId::HWUNSEEN>("gtm.repl", "why");
  const Error other = make_error<MsgId::REPLINSTOPEN>("x.repl");
  EXPECT_EQ(unseen.status(), 77);
  EXPECT_EQ(make_error<MsgId::MUNOACTION>().after(unseen).status(), 77);
  EXPECT_EQ(make_error<MsgId::INTEGERRS>().after(make_error<MsgId::MUNOACTION>().because(unseen)).status(), 77);
  EXPECT_EQ(make_error<MsgId::MUNOFINISH>().counts(other).counts(unseen).counts(other).status(), 77);
  EXPECT_EQ(make_error<MsgId::MUNOFINISH>().counts(other).status(), make_error<MsgId::MUNOFINISH>().status());
  EXPECT_EQ((rename_error<MsgId::DBOPNERR>(unseen, "gtm.dat").status()), 77);
  for (const auto& row : message_catalogue())
    EXPECT_EQ(exit_status(row.id, Severity::Error) == 77, row.id == MsgId::HWUNSEEN) << row.name;
}

TEST(Message, EveryRowSaysCauseAndAction) {
  for (const auto& row : message_catalogue()) {
    EXPECT_FALSE(row.cause.empty()) << row.name;
    EXPECT_FALSE(row.action.empty()) << row.name;
    EXPECT_NE(exit_status(row.id, Severity::Error), 0) << row.name;
  }
}

}  // namespace
}  // namespace hw
