/* plugin_run: one run of a credential program on the loop, from KUBERNETES_EXEC_INFO to the ExecCredential it prints. */
#ifndef K8S_PLUGIN_RUN_H
#define K8S_PLUGIN_RUN_H

#include "base/loop.h"
#include "k8s/plugin.h"

struct plugin_run;

/* How it gets on with the terminal. */
enum plugin_io {
    PLUGIN_ASKS,   /* it has our input and error: it may ask questions */
    PLUGIN_TALKS,  /* no input; its error is ours */
    PLUGIN_SILENT, /* no input; its error becomes part of the sentence when it fails */
};

/* Taken apart by whoever gets it, with plugin_answer_release. */
struct plugin_answer {
    char *token, *cert_pem, *key_pem; /* a token, or both others, or all */
    int64_t expires;                  /* ns since 1970, 0: not said */
    struct err err;                   /* set: it gave nothing */
};

/* Once, from the loop; the run is gone after. `answer` is the callback's to release. */
typedef void (*plugin_done_fn)(void *data, struct plugin_answer *answer);

/* A run that takes longer than a deadline (2 min; 10 min when it asks) is killed and says so. NULL: it did not start. */
struct plugin_run *plugin_run_start(struct loop *loop, const struct kube_plugin *plugin, enum plugin_io io,
                                    plugin_done_fn done, void *data, struct err *err);
/* Kills it; done is not called. */
void plugin_run_cancel(struct plugin_run *run);
void plugin_answer_release(struct plugin_answer *answer);
/* Reads what a program printed (for tests and for the run). -1: answer->err says why it is no credential. */
int plugin_answer_read(struct plugin_answer *answer, const struct kube_plugin *plugin, const char *text, size_t len);

#endif
