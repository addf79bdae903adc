/* replay: a transport that answers from a recorder's file (tape.h), as the server would have at the time that the loop's wall
 * clock says: lists and watches, objects, logs as far as they had come, and what was asked of pods when it was answered next.
 *
 * Whoever moves the clock elsewhere than forward calls replay_seek. Then watches tell what is different there, and what
 * cannot be told back (logs, streams) breaks off. Nothing can be changed (405); what was never asked is answered 404, in
 * words, and 403 where only one namespace was looked at. While the server was not there, it is not here either. */
#ifndef K8S_REPLAY_H
#define K8S_REPLAY_H

#include "net/client.h"

/* The error names the file, and its line where one is not understood. */
struct http_transport *replay_new(struct loop *loop, const char *path, struct err *err);
/* When the recording began (ns since 1970), and how long it is (ns). */
int64_t replay_wall(const struct http_transport *replay);
int64_t replay_length(const struct http_transport *replay);
/* What of the file could not be read, as a sentence; NULL: nothing. And the server that it was recorded from. */
const char *replay_torn(const struct http_transport *replay);
const char *replay_server(const struct http_transport *replay);
/* The one whose pods were recorded; NULL: those of all were. */
const char *replay_namespace(const struct http_transport *replay);
/* The wall clock was set to another time. */
void replay_seek(struct http_transport *replay);
/* When to begin so that at `wall` also what is measured over time (rates, ages, the latest detections) is as it was. */
int64_t replay_lead_in(const struct http_transport *replay, int64_t wall);
/* The next change of an object after `wall`, or the last one before it; 0: there is none. */
int64_t replay_change(const struct http_transport *replay, int64_t wall, bool back);

#endif
