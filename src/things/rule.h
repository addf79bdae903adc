/* rule: when an alarm is on: once a line of detections holds enough objects of a label that are sure enough, and for a
 * while after the last that did. Time is told, never asked. */
#ifndef THINGS_RULE_H
#define THINGS_RULE_H

#include "base/json.h"

struct rule {
    const char *label; /* "any" and "": whatever it is */
    double confidence; /* objects less sure than this do not count */
    int count;         /* as many in one line, at least */
    int64_t hold;      /* ns that it stays on after the last such line */

    bool on;
    int64_t met;       /* when the last such line came, while it is on */
};

/* How many objects of a line count. */
int rule_count(const struct rule *rule, const cJSON *line);
/* A line came, at `now`; whether the alarm went on by it. */
bool rule_take(struct rule *rule, const cJSON *line, int64_t now);
/* Whether the alarm went off by now. */
bool rule_pass(struct rule *rule, int64_t now);
/* How long until rule_pass may say so, -1: never. */
int64_t rule_left(const struct rule *rule, int64_t now);

#endif
