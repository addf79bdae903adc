/* replay: going about in a recording: the line that says where it is, its keys, and its words of the `:` line. */
#ifndef UI_REPLAY_H
#define UI_REPLAY_H

#include "ui/dashboard.h"

/* None of them is a key of a view, so that they are everywhere the same. */
extern const struct binding replay_bindings[];
/* False: not one of them, or there is no recording. */
bool replay_key(struct dashboard *dash, const struct key *key);
/* Into the line, at x: there. */
void replay_click(struct dashboard *dash, struct area line, int x);
/* "pause", "play", "step", "back", "speed 10", "jump 02:14", "first", "last". False: none of them. */
bool replay_command(struct dashboard *dash, const char *word, const char *args);
/* Its words, for the `:` line; none where there is no recording. */
void replay_complete(struct dashboard *dash, struct completions *out);
void replay_draw(struct dashboard *dash, struct area line);

#endif
