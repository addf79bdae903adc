/* What the files of replay share: replay.c (the transport, and who answers what), replay_objects.c (lists, watches, objects),
 * replay_streams.c (logs, and what was asked of pods). */
#ifndef K8S_REPLAY_PRIVATE_H
#define K8S_REPLAY_PRIVATE_H

#include "k8s/replay.h"
#include "k8s/tape.h"

#define REPLAY_TURN 256 /* objects or lines told in one turn of the loop */

struct replay {
    struct http_transport self; /* first */
    struct loop *loop;
    struct tape *tape;
    uint32_t moment;
    struct loop_timer next, word; /* the next line; something for watches to hear */
    struct player *players;
    struct player *telling; /* whose callback runs; NULL once it is cancelled */
};

/* One request of the program, and what answers it: called whenever the moment is another, until it is over. */
struct player {
    struct http_call call; /* first */
    struct replay *replay;
    void (*serve)(struct player *p);
    struct tape_question question;
    struct loop_task task;
    struct loop_timer deadline;
    bool paused, over, headed, measured; /* measured: breaks off where the clock is moved */
    int status;
    struct tape_table *table;
    struct tape_path *recorded;
    uint32_t at;       /* the moment that it knows of, or the first that it is told of */
    size_t next, told; /* of the table's objects, of the call's lines */
    uint32_t nth;      /* of the path's calls */
    bool began;
    int64_t word;      /* when it was told something last */
    int64_t last;      /* of a log: the time of its last line */
    struct http_events events;
    void *data;
    struct player *later, **prev;
};

/* Each returns whether the call is still there: a callback may cancel it. */
bool player_head(struct player *p, int status, const char *type);
bool player_bytes(struct player *p, const char *bytes, size_t len);
/* It is over, and gone. */
void player_done(struct player *p, enum http_outcome outcome, const char *why);
/* Goes on with the next turn. */
void player_again(struct player *p);
/* A Status, and over. */
void player_refuse(struct player *p, int status, const char *reason, const char *message);
void player_refuse_as(struct player *p, int status, uint32_t line);
/* "/api/v1/pods was not recorded …", and over. */
void player_unknown(struct player *p);
/* While the server was not there: true, and it is over. */
bool player_cut_off(struct player *p);

/* Who answers; false: nobody here. */
bool replay_objects_take(struct player *p);
void replay_streams_take(struct player *p);

#endif
