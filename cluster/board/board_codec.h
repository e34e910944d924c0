/// cluster/board/board_codec.h -- a board's parts as bytes: `board.json`, and what agents send one another.
///
///   {"format":1,"checksum":"0123456789abcdef","board":{…}}\n
///
/// | bytes | what |
/// | --- | --- |
/// | `{"format":1,` | version of the whole; another one is refused |
/// | `"checksum":"…",` | XXH3-64 of the board's bytes, 16 hexadecimal digits |
/// | `"board":{…}` | the parts, one key a field of board_parts.h; to the last brace but one |
/// | `}\n` | |
///
/// A key that is missing has its default, one that is not known is passed over: releases side by side add fields.
/// docs/operations/board.md has the keys.
#pragma once

#include <string>
#include <string_view>

#include "cluster/board/board_parts.h"
#include "engine/base/result.h"

namespace hw::cluster {

std::string encode_board(const BoardParts& parts);

/// Any bytes; what is accepted decodes to the same when it is encoded again. `where` is the file or node that they are
/// of, for the message. Errors: HWBOARDBAD.
Result<BoardParts> decode_board(std::string_view bytes, std::string_view where);

/// Writes `path`, so that after a crash the old or the new copy is there. Errors: SYSCALL; HWBOARDBAD when the board is
/// larger than kBoardBytesMax.
Status write_board(const std::string& path, const BoardParts& parts);

/// Errors: SYSCALL, HWBOARDBAD. The agent then begins with an empty board: the others have copies.
Result<BoardParts> read_board(const std::string& path);

}  // namespace hw::cluster
