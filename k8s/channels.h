/* channels: a WebSocket to the API server whose messages begin with the number of a channel: what exec, attach and
 * port-forward are made of (apiserver's wsstream). Callbacks run from the loop; every one may free the channels. */
#ifndef K8S_CHANNELS_H
#define K8S_CHANNELS_H

#include "k8s/client.h"
#include "net/websocket.h"

struct channels;

struct channels_events {
    void (*open)(void *data);
    void (*bytes)(void *data, int channel, const char *bytes, size_t len);
    void (*room)(void *data);                       /* all that was sent has left; may be NULL */
    void (*done)(void *data, const struct err *err); /* err "": the server closed it in order; nothing comes after */
};

/* path: with its query. what: "exec", for the sentence about a server that has none. */
struct channels *channels_new(struct kube_client *client, const char *path, const char *const *protocols,
                              const char *what, const struct channels_events *events, void *data);
void channels_free(struct channels *channels);
const char *channels_protocol(const struct channels *channels); /* that the server took; after open */
/* Bytes for a channel, in messages of 32 KiB at most. Hold back while channels_full. */
void channels_send(struct channels *channels, int channel, const void *bytes, size_t len);
/* The next piece is the last; see websocket_last. */
void channels_last(struct channels *channels);
bool channels_full(const struct channels *channels);
void channels_pause(struct channels *channels, bool paused);
/* Says goodbye to the server; done comes soon. */
void channels_close(struct channels *channels);

#endif
