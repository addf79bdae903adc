/* replay: a transport that answers from a recorder's file, at the times of the recording.
 *
 * A request is answered by the first recorded one to the same path that is not used yet (where in a list or a watch to go
 * on from, and for how long, does not count); nothing comes earlier than it came then. What was never asked is answered
 * 404, in words; a watch whose recording has ended stays open and silent. */
#ifndef K8S_REPLAY_H
#define K8S_REPLAY_H

#include "net/client.h"

/* The time begins now. The error names the file, and its line where one is not understood. */
struct http_transport *replay_new(struct loop *loop, const char *path, struct err *err);
/* When the recording began (ns since 1970), and how long it is (ns). */
int64_t replay_wall(const struct http_transport *replay);
int64_t replay_length(const struct http_transport *replay);

#endif
