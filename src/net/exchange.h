/* exchange: what the server keeps of one request and its answer. For src/net alone. */
#ifndef NET_EXCHANGE_H
#define NET_EXCHANGE_H

#include "base/map.h"
#include "net/server.h"

struct MHD_Connection;

/* Where an exchange stands. From ASKED on it is the handler's until it answered. */
enum phase { READING, READY, ASKED, REPLIED, STREAMING };

struct header {
    char *name, *value;
};

struct http_stream { /* inside its exchange */
    http_stream_read_fn read;
    loop_fn gone;
    void *data;
    bool woken;
};

struct http_exchange {
    struct http_server *server;
    struct exchange_list *list;
    struct MHD_Connection *connection; /* NULL once the client or the request is gone */
    struct http_exchange *prev, *next;
    enum phase phase;
    bool presented; /* to on_request, so method and target are known */
    bool suspended;
    bool ended;     /* waits for tell_ended */
    bool hung_up;
    int fd;
    struct loop_io hangup;

    char *target, *method;
    struct buf path;
    const char *query;
    struct map params;
    bool params_known;
    struct buf body;
    size_t drained;

    struct header *headers;
    size_t header_count, header_cap;
    loop_fn on_gone;
    void *gone_data;
    struct http_stream stream;
};

/* All of a server's, oldest first. */
struct exchange_list {
    struct http_exchange *first, *last;
};

struct http_exchange *exchange_new(struct exchange_list *list, const char *target, size_t max_body);
void exchange_free(struct http_exchange *x);
/* The head is whole. */
void exchange_present(struct http_exchange *x, const char *method);

#endif
