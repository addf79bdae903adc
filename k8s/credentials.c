#include "k8s/credentials.h"

#include <ctype.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/time.h"
#include "k8s/pem.h"
#include "k8s/plugin_run.h"

#define TOKEN_AGE (60 * NSEC_PER_SEC) /* client-go's fileTokenSource */
#define CERT_AGE (300 * NSEC_PER_SEC) /* client-go's CertCallbackRefreshDuration */
#define REST (5 * NSEC_PER_SEC)       /* between two runs of a program that fails, or whose credentials are refused */
#define FINAL_REST (600 * NSEC_PER_SEC) /* after a question that the operator did not answer well: no other comes by itself */
#define NEVER INT64_MIN

struct credentials {
    struct loop *loop;
    const struct kube_context *context;
    bool plain;  /* the server is not asked over TLS: nothing is shown to it */
    bool plugin; /* a program gives them */
    char *token, *ca_pem, *cert_pem, *key_pem;
    struct http_tls tls;
    unsigned generation;
    int64_t token_read, certs_read; /* loop time */
    struct err token_why;           /* why there is no token */
    /* of the program */
    bool have;
    int64_t expires;          /* wall clock; 0: not said */
    int64_t refused_at, failed_at; /* loop time */
    struct err failure;
    bool final;
    struct plugin_run *run;
    bool lent, asks;
    kube_terminal_fn lend;
    void *lend_data;
    bool screen; /* somebody owns the terminal */
    struct credential_wait *waits;
    struct loop_task tell;
};

static void replace(char **at, char *text)
{
    secret_free(*at);
    *at = text;
}

static void changed(struct credentials *c)
{
    c->generation++;
    c->tls.ca_pem = c->ca_pem;
    c->tls.cert_pem = c->cert_pem;
    c->tls.key_pem = c->key_pem;
}

/* Files. */

/* NULL and the error: it cannot be read now. Only a regular file never makes us wait. */
static char *read_now(const char *path, struct err *err)
{
    struct stat st;
    struct buf text;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        err_set(err, "cannot read '%s': it is no regular file", path);
        return NULL;
    }
    buf_init(&text, PEM_MAX);
    char *out = file_read(path, &text, err) == 0 ? buf_take(&text) : NULL;
    buf_release(&text);
    return out;
}

static void read_token(struct credentials *c)
{
    const char *path = c->context->token_file;
    struct err why = ERR_INIT;
    char *text = read_now(path, &why);
    c->token_read = loop_now(c->loop);
    if (text) {
        size_t start = strspn(text, " \t\r\n"), end = strlen(text);
        while (end > start && isspace((unsigned char)text[end - 1]))
            end--;
        char *token = xstrndup(text + start, end - start);
        secret_free(text);
        text = token;
        if (!*text)
            err_set(&why, "cannot log in: the token file '%s' is empty", path);
        else if (strpbrk(text, "\r\n"))
            err_set(&why, "cannot log in: the token file '%s' holds more than one line", path);
    }
    if (err_is_set(&why)) { /* the one before goes on, or the kubeconfig's own */
        secret_free(text);
        c->token_why = why;
        if (!c->token && c->context->token) {
            c->token = xstrdup(c->context->token);
            changed(c);
        }
    } else if (!str_eq(text, c->token)) {
        replace(&c->token, text);
        changed(c);
    } else {
        secret_free(text);
    }
}

/* A certificate and its key are changed one after the other: only both together, and only what could be used. */
static void read_certs(struct credentials *c)
{
    const struct kube_context *context = c->context;
    struct err ignored = ERR_INIT;
    char *ca = context->ca_file ? read_now(context->ca_file, &ignored) : NULL;
    char *cert = context->cert_file ? read_now(context->cert_file, &ignored) : xstrdup_or_null(context->cert_pem);
    char *key = context->key_file ? read_now(context->key_file, &ignored) : xstrdup_or_null(context->key_pem);
    bool pair = cert && key && pem_check(cert, strlen(cert), false, &ignored) == 0 &&
                pem_check(key, strlen(key), true, &ignored) == 0;
    c->certs_read = loop_now(c->loop);
    bool news = false;
    if (ca && !str_eq(ca, c->ca_pem) && pem_check(ca, strlen(ca), false, &ignored) == 0) {
        replace(&c->ca_pem, ca);
        ca = NULL;
        news = true;
    }
    if (pair && (!str_eq(cert, c->cert_pem) || !str_eq(key, c->key_pem))) {
        replace(&c->cert_pem, cert);
        replace(&c->key_pem, key);
        cert = key = NULL;
        news = true;
    }
    if (news)
        changed(c);
    free(ca);
    free(cert);
    secret_free(key);
}

static bool has_files(const struct credentials *c)
{
    return c->context->ca_file || c->context->cert_file || c->context->key_file;
}

/* The program. */

static void give_back(struct credentials *c)
{
    if (c->lent && c->lend)
        c->lend(c->lend_data, false, c->context->plugin->command);
    c->lent = false;
}

static void tell(void *data)
{
    struct credentials *c = data;
    struct credential_wait *list = c->waits;
    struct err why = c->plugin ? c->failure : c->token_why;
    bool failed = err_is_set(&why), final = c->final;
    c->waits = NULL;
    if (list)
        list->prev = &list;
    while (list) {
        struct credential_wait *wait = list;
        credentials_stop_waiting(wait);
        wait->fn(wait->data, failed ? &why : NULL, final);
    }
}

static void fail(struct credentials *c, const struct err *why, bool final)
{
    c->failure = *why;
    c->failed_at = loop_now(c->loop);
    c->final = final;
    loop_task_start(&c->tell);
}

static void on_answer(void *data, struct plugin_answer *answer)
{
    struct credentials *c = data;
    c->run = NULL;
    give_back(c);
    if (err_is_set(&answer->err)) {
        fail(c, &answer->err, c->asks);
    } else {
        replace(&c->token, answer->token);
        replace(&c->cert_pem, answer->cert_pem);
        replace(&c->key_pem, answer->key_pem);
        answer->token = answer->cert_pem = answer->key_pem = NULL;
        c->expires = answer->expires;
        c->have = true;
        err_clear(&c->failure);
        changed(c);
        loop_task_start(&c->tell);
    }
    plugin_answer_release(answer);
}

static void run_program(struct credentials *c)
{
    const struct kube_plugin *plugin = c->context->plugin;
    struct err why = ERR_INIT;
    bool terminal = isatty(STDIN_FILENO) && (!c->screen || c->lend);
    c->asks = plugin->mode != PLUGIN_NEVER && terminal;
    if (plugin->mode == PLUGIN_ALWAYS && !terminal) {
        err_set(&why, "the credential program '%s' asks questions, and there is no terminal here to answer them on",
                plugin->command);
        fail(c, &why, true);
        return;
    }
    if (c->asks && c->lend) {
        c->lent = c->asks = c->lend(c->lend_data, true, plugin->command);
        if (!c->lent && plugin->mode == PLUGIN_ALWAYS) {
            err_set(&why, "the credential program '%s' asks questions, and the terminal is in use", plugin->command);
            fail(c, &why, false);
            return;
        }
    }
    enum plugin_io io = c->asks ? PLUGIN_ASKS : c->screen ? PLUGIN_SILENT : PLUGIN_TALKS;
    c->run = plugin_run_start(c->loop, plugin, io, on_answer, c, &why);
    if (!c->run) {
        give_back(c);
        fail(c, &why, false);
    }
}

static bool fresh(const struct credentials *c)
{
    return c->have && (!c->expires || loop_wall(c->loop) <= c->expires);
}

static bool rests(const struct credentials *c, int64_t since, int64_t rest)
{
    return since != NEVER && loop_now(c->loop) - since < rest;
}

/* Who uses them. */

struct credentials *credentials_new(struct loop *loop, const struct kube_context *context)
{
    struct credentials *c = xcalloc(1, sizeof *c);
    c->loop = loop;
    c->context = context;
    c->plain = !str_starts(context->server, "https://");
    /* as client-go: whatever else the user has goes before the program */
    c->plugin = context->plugin && !context->token && !context->token_file && !context->username &&
                !context->cert_pem;
    c->token = context->token_file ? NULL : xstrdup_or_null(context->token);
    c->ca_pem = xstrdup_or_null(context->ca_pem);
    c->cert_pem = xstrdup_or_null(context->cert_pem);
    c->key_pem = xstrdup_or_null(context->key_pem);
    c->tls.server_name = context->server_name;
    c->tls.insecure = context->insecure;
    c->token_read = c->refused_at = c->failed_at = NEVER;
    c->certs_read = loop_now(loop);
    loop_task_init(&c->tell, loop, tell, c);
    changed(c);
    return c;
}

void credentials_free(struct credentials *c)
{
    if (!c)
        return;
    while (c->waits)
        credentials_stop_waiting(c->waits);
    plugin_run_cancel(c->run);
    give_back(c);
    loop_task_stop(&c->tell);
    secret_free(c->token);
    free(c->ca_pem);
    free(c->cert_pem);
    secret_free(c->key_pem);
    free(c);
}

void credentials_on_terminal(struct credentials *c, kube_terminal_fn lend, void *data)
{
    c->screen = true;
    c->lend = lend;
    c->lend_data = data;
}

const char *credentials_program(const struct credentials *c)
{
    return c->run ? c->context->plugin->command : NULL;
}

static bool wait_for(struct credentials *c, struct credential_wait *wait)
{
    struct credential_wait **last = &c->waits;
    while (*last)
        last = &(*last)->next;
    wait->next = NULL;
    wait->prev = last;
    *last = wait;
    return false;
}

bool credentials_get(struct credentials *c, struct credential_wait *wait)
{
    if (c->plain)
        return true;
    if (c->plugin) {
        if (fresh(c))
            return true;
        wait_for(c, wait);
        if (rests(c, c->failed_at, c->final ? FINAL_REST : REST))
            loop_task_start(&c->tell);
        else if (!c->run)
            run_program(c);
        return false;
    }
    int64_t now = loop_now(c->loop);
    if (has_files(c) && (now - c->certs_read >= CERT_AGE || (credentials_expired(c) && now != c->certs_read)))
        read_certs(c);
    if (!c->context->token_file)
        return true;
    if (c->token_read == NEVER || now - c->token_read >= TOKEN_AGE || !c->token)
        read_token(c);
    if (c->token)
        return true;
    loop_task_start(&c->tell);
    return wait_for(c, wait);
}

void credentials_stop_waiting(struct credential_wait *wait)
{
    if (!wait->prev)
        return;
    *wait->prev = wait->next;
    if (wait->next)
        wait->next->prev = wait->prev;
    wait->prev = NULL;
}

void credentials_header(const struct credentials *c, struct buf *out)
{
    const struct kube_context *context = c->context;
    if (c->plain) /* they never go in the clear */
        return;
    if (c->token && *c->token && !strpbrk(c->token, "\r\n")) {
        buf_addf(out, "Authorization: Bearer %s", c->token);
    } else if (!c->token && context->username) {
        struct buf pair;
        buf_init(&pair, 64 << 10);
        buf_addf(&pair, "%s:%s", context->username, str_or_empty(context->password));
        buf_adds(out, "Authorization: Basic ");
        digest_base64(out, pair.data, pair.len);
        explicit_bzero(pair.data, pair.len);
        buf_release(&pair);
    }
}

const struct http_tls *credentials_tls(const struct credentials *c)
{
    return &c->tls;
}

unsigned credentials_generation(const struct credentials *c)
{
    return c->generation;
}

bool credentials_renew(struct credentials *c, unsigned generation)
{
    if (c->plain)
        return false;
    if (generation != c->generation)
        return true;
    if (c->plugin) {
        if (c->run || !c->have)
            return true;
        if (rests(c, c->refused_at, REST)) /* they are as new as can be */
            return false;
        c->refused_at = loop_now(c->loop);
        c->have = false;
        return true;
    }
    if (c->context->token_file)
        read_token(c);
    if (has_files(c))
        read_certs(c);
    return generation != c->generation;
}

bool credentials_expired(const struct credentials *c)
{
    int64_t until = pem_not_after(c->cert_pem);
    return until && loop_wall(c->loop) > until;
}

static void name_certificate(const struct credentials *c, struct buf *out)
{
    const struct kube_context *context = c->context;
    int64_t until = pem_not_after(c->cert_pem), wall = loop_wall(c->loop);
    char when[TIME_TEXT], age[TIME_TEXT];
    if (c->plugin)
        buf_addf(out, "the client certificate that '%s' gave", context->plugin->command);
    else if (context->cert_file)
        buf_addf(out, "the client certificate '%s'", context->cert_file);
    else
        buf_addf(out, "the client certificate of user '%s' in the kubeconfig", str_or_empty(context->user));
    if (until && wall > until)
        buf_addf(out, ", which expired on %s (%s ago)", time_format(when, until, 0), time_age(age, wall - until));
}

void credentials_name(const struct credentials *c, struct buf *out)
{
    const struct kube_context *context = c->context;
    if (c->plain)
        buf_adds(out, "none were sent, because the server is asked over http");
    else if (c->cert_pem && (credentials_expired(c) || !c->token))
        name_certificate(c, out);
    else if (c->plugin)
        buf_addf(out, "those that the credential program '%s' gave", context->plugin->command);
    else if (context->token_file)
        buf_addf(out, "the token in '%s'", context->token_file);
    else if (c->token)
        buf_addf(out, "the token of user '%s' in the kubeconfig", str_or_empty(context->user));
    else if (context->username)
        buf_addf(out, "the name and password of user '%s' in the kubeconfig", str_or_empty(context->user));
    else
        buf_addf(out, "context '%s' has none", str_or_empty(context->name));
}
