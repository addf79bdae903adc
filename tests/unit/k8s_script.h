/* k8s_script: a transport whose answers a test writes, and a client on it, on a virtual clock. */
#ifndef K8S_SCRIPT_H
#define K8S_SCRIPT_H

#include <check.h>

#include "base/vclock.h"
#include "k8s/client.h"

struct script_call {
    struct http_call call; /* first */
    int number;            /* from 0, in the order they were started */
    char *method, *url, *body, *headers;
    char *cert, *proxy; /* "" when there is none */
    bool compressed, fresh;
    int64_t at; /* when it was started */
    bool open, cancelled, paused, upgrade;
    struct buf out; /* what the client sent after an upgrade */
    size_t unsent;  /* what http_unsent says */
    int status; /* that was sent, 0: none yet */
    struct http_events events;
    void *data;
    struct script_step *first, *last;
    struct script_call *next;
};

struct script {
    struct http_transport transport;
    struct vclock clock;
    struct loop *loop;
    struct kube_client *client;
    struct script_call *calls, *last; /* all that ever were */
    int started, taken;
    struct loop_task deliver;
    int ready;       /* what /readyz answers: a status (0: 200), SCRIPT_SILENT or SCRIPT_REFUSED */
    int asked_ready; /* how often */
};
#define SCRIPT_SILENT (-1)
#define SCRIPT_REFUSED (-2)
extern struct script script;

/* Around every test. */
void script_setup(void);
void script_teardown(void);

/* The next request, in the order they were made; time passes until there is one. */
struct script_call *script_next(void);
/* Fails when its method and URL (from the path on; a part of it will do) are others. */
struct script_call *script_expect(const char *method, const char *url_part);
/* No request waits to be taken. */
void script_none(void);

/* What the server does. All of it has arrived when these return, unless the call is paused. */
void script_head(struct script_call *call, int status, int64_t retry_after);
void script_head_type(struct script_call *call, int status, const char *content_type); /* another than JSON */
void script_head_fields(struct script_call *call, int status, const char *fields); /* header lines, each ended by "\n" */
void script_send(struct script_call *call, const char *bytes, size_t len);
void script_text(struct script_call *call, const char *text);
/* A 101 with these header lines, each ended by "\n"; from now on script_send is the other way of the connection. */
void script_upgrade(struct script_call *call, const char *fields);
/* What the client sent has left: unsent is 0. */
void script_sent(struct script_call *call);
void script_end(struct script_call *call);
void script_break(struct script_call *call);  /* the connection dies */
void script_refuse(struct script_call *call); /* there never was one */
void script_distrust(struct script_call *call);
/* A whole answer. */
void script_answer(struct script_call *call, int status, const char *text);

/* Lets pending work run without time passing. */
void script_settle(void);
/* Lets time pass. */
void script_pass(double seconds);
double script_now(void);

/* The suites. */
Suite *k8s_config_suite(void);
Suite *k8s_client_suite(void);
Suite *k8s_credentials_suite(void);
Suite *k8s_splitter_suite(void);
Suite *k8s_record_suite(void);
Suite *k8s_store_suite(void);
Suite *k8s_lists_suite(void);
Suite *k8s_reflector_suite(void);
Suite *k8s_pulse_suite(void);
Suite *k8s_streams_suite(void);
Suite *k8s_hostile_suite(void);
Suite *k8s_applyset_suite(void);
Suite *k8s_rollout_suite(void);
Suite *k8s_evict_suite(void);
Suite *k8s_drain_suite(void);
Suite *k8s_applyset_many_suite(void);
Suite *k8s_owned_suite(void);
Suite *k8s_tryset_suite(void);
Suite *k8s_logs_suite(void);
Suite *k8s_logset_suite(void);
Suite *k8s_websocket_suite(void);
Suite *k8s_exec_suite(void);
Suite *k8s_forward_suite(void);
Suite *k8s_recorder_suite(void);
Suite *k8s_discovery_suite(void);
Suite *k8s_tablewatch_suite(void);
Suite *k8s_replay_suite(void);

#endif
