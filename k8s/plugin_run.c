#include "k8s/plugin_run.h"

#include <signal.h>
#include <sys/stat.h>

#include "base/child.h"
#include "base/file.h"
#include "base/map.h"
#include "base/text.h"
#include "base/time.h"
#include "k8s/pem.h"

#define MAX_OUTPUT (1u << 20)
#define MAX_WORDS 400 /* of its standard error, and of its install hint */
#define PATIENCE (120 * NSEC_PER_SEC)
#define PATIENCE_ASKING (600 * NSEC_PER_SEC)

struct plugin_run {
    struct loop *loop;
    const struct kube_plugin *plugin;
    struct child *child;
    struct loop_io out_io, err_io;
    struct buf out, words;
    struct loop_timer deadline;
    int64_t patience;
    plugin_done_fn done;
    void *data;
};

static void add_clean(struct err *err, const char *before, const char *text)
{
    struct buf clean;
    size_t len = strlen(text);
    buf_init(&clean, 4 * MAX_WORDS);
    while (len && strchr(" \t\r\n", text[len - 1]))
        len--;
    /* of much only the end, where a program says why it ended */
    text_sanitise(&clean, text + (len > MAX_WORDS ? len - MAX_WORDS : 0), MIN(len, MAX_WORDS));
    char *so_far = xstrdup(err->text);
    if (clean.len)
        err_set(err, "%s%s%s", so_far, before, clean.data);
    free(so_far);
    buf_release(&clean);
}

/* What it printed. */

static char *text_of(const cJSON *status, const char *key)
{
    const char *text = json_str(status, key);
    return text && *text ? xstrdup(text) : NULL;
}

static int check_answer(const struct plugin_answer *answer, const cJSON *status, struct err *err)
{
    if (!status)
        return err_set(err, "it gave no status");
    if (!answer->token && !answer->cert_pem && !answer->key_pem)
        return err_set(err, "it gave neither a token nor a certificate with its key");
    if (!answer->cert_pem != !answer->key_pem)
        return err_set(err, "it gave a %s alone, without its %s", answer->cert_pem ? "certificate" : "key",
                       answer->cert_pem ? "key" : "certificate");
    if (answer->token && strpbrk(answer->token, "\r\n"))
        return err_set(err, "its token holds a line break, which no request can carry");
    if (answer->cert_pem && pem_check(answer->cert_pem, strlen(answer->cert_pem), false, err) < 0)
        return err_prefix(err, "its clientCertificateData");
    if (answer->key_pem && pem_check(answer->key_pem, strlen(answer->key_pem), true, err) < 0)
        return err_prefix(err, "its clientKeyData");
    if (!answer->expires && json_get(status, "expirationTimestamp") &&
        !cJSON_IsNull(json_get(status, "expirationTimestamp")))
        return err_set(err, "its expirationTimestamp is no time of RFC 3339");
    return 0;
}

int plugin_answer_read(struct plugin_answer *answer, const struct kube_plugin *plugin, const char *text, size_t len)
{
    struct err why = ERR_INIT;
    cJSON *json = json_parse(text, len, &why);
    *answer = (struct plugin_answer){0};
    if (!json) {
        err_set(&why, "what it printed is no JSON"); /* not which: secrets may stand in it */
    } else if (!str_eq(json_str(json, "kind"), "ExecCredential")) {
        err_set(&why, "what it printed is no ExecCredential");
    } else if (!str_eq(json_str(json, "apiVersion"), plugin->api)) {
        err_set(&why, "it speaks '%.80s', but the kubeconfig says %s", json_str_or(json, "apiVersion", ""),
                plugin->api);
    } else {
        const cJSON *status = json_object(json, "status");
        answer->token = text_of(status, "token");
        answer->cert_pem = text_of(status, "clientCertificateData");
        answer->key_pem = text_of(status, "clientKeyData");
        answer->expires = json_time(status, "expirationTimestamp");
        check_answer(answer, status, &why);
    }
    cJSON_Delete(json);
    if (!err_is_set(&why))
        return 0;
    plugin_answer_release(answer);
    struct err clean = ERR_INIT;
    err_set(&clean, "the credential program '%s' gave no credentials", file_base_name(plugin->command));
    add_clean(&clean, ": ", why.text);
    answer->err = clean;
    return -1;
}

void plugin_answer_release(struct plugin_answer *answer)
{
    secret_free(answer->token);
    free(answer->cert_pem);
    secret_free(answer->key_pem);
    *answer = (struct plugin_answer){0};
}

/* The run. */

static void close_io(struct loop_io *io)
{
    int fd = io->fd;
    if (fd < 0)
        return;
    loop_io_stop(io);
    close(fd);
}

static void run_free(struct plugin_run *run)
{
    loop_timer_stop(&run->deadline);
    close_io(&run->out_io);
    close_io(&run->err_io);
    explicit_bzero(run->out.data, run->out.len);
    buf_release(&run->out);
    buf_release(&run->words);
    free(run);
}

static void kill_child(struct plugin_run *run)
{
    if (!run->child)
        return;
    child_forget(run->child);
    child_kill(run->child, SIGKILL);
    run->child = NULL;
}

static void finish(struct plugin_run *run, struct plugin_answer *answer)
{
    plugin_done_fn done = run->done;
    void *data = run->data;
    kill_child(run);
    run_free(run);
    done(data, answer);
}

static void give_up(struct plugin_run *run, const char *why)
{
    struct plugin_answer answer = {0};
    err_set(&answer.err, "the credential program '%s' %s", file_base_name(run->plugin->command), why);
    add_clean(&answer.err, ": ", run->words.data);
    finish(run, &answer);
}

/* Takes what is there; false: more than allowed. */
static bool drain_out(struct plugin_run *run)
{
    char chunk[16384];
    ssize_t n = 0;
    while (run->out_io.fd >= 0 && (n = read(run->out_io.fd, chunk, sizeof chunk)) > 0)
        if (buf_add(&run->out, chunk, (size_t)n) < 0)
            break;
    explicit_bzero(chunk, sizeof chunk);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        close_io(&run->out_io);
    return !run->out.over;
}

static void drain_err(struct plugin_run *run)
{
    char chunk[1024];
    ssize_t n = -1;
    errno = EAGAIN;
    /* A part of it a turn: one that never stops talking must not keep us here. */
    for (int i = 0; i < 64 && run->err_io.fd >= 0 && (n = read(run->err_io.fd, chunk, sizeof chunk)) > 0; i++) {
        if (run->words.len + (size_t)n > run->words.max)
            buf_drop(&run->words, MIN(run->words.len, (size_t)n));
        buf_add(&run->words, chunk, (size_t)n);
    }
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        close_io(&run->err_io);
}

static void on_out(void *data, short revents)
{
    (void)revents;
    struct plugin_run *run = data;
    if (!drain_out(run))
        give_up(run, "printed more than 1 MiB and was ended");
}

static void on_err(void *data, short revents)
{
    (void)revents;
    drain_err(data);
}

static void on_ended(void *data, int status)
{
    struct plugin_run *run = data;
    run->child = NULL;
    drain_err(run);
    if (!drain_out(run)) {
        give_up(run, "printed more than 1 MiB");
        return;
    }
    if (status != 0) {
        char how[64], why[96];
        child_status_text(status, how, sizeof how);
        snprintf(why, sizeof why, "failed with %s", how);
        give_up(run, why);
        return;
    }
    struct plugin_answer answer;
    plugin_answer_read(&answer, run->plugin, run->out.data, run->out.len);
    finish(run, &answer);
}

static void on_deadline(void *data)
{
    struct plugin_run *run = data;
    char span[TIME_TEXT], why[96];
    snprintf(why, sizeof why, "did not end within %s and was killed", time_age(span, run->patience));
    give_up(run, why);
}

/* Our $PATH, not the one its environment may get; relative folders in it are passed over (as Go does). */
static char *find_program(const struct kube_plugin *plugin, struct err *err)
{
    const char *list = str_or_empty(getenv("PATH")), *name = plugin->command;
    char *path = strchr(name, '/') ? xstrdup(name) : NULL;
    while (!path && *list) {
        size_t len = strcspn(list, ":");
        char *tried = xasprintf("%.*s/%s", (int)len, list, name);
        struct stat st;
        if (*list == '/' && access(tried, X_OK) == 0 && stat(tried, &st) == 0 && S_ISREG(st.st_mode))
            path = tried;
        else
            free(tried);
        list += len + (list[len] == ':');
    }
    if (path && access(path, F_OK) == 0)
        return path;
    err_set(err, "the credential program '%s' is not there%s", name, path ? "" : " (in no folder of $PATH)");
    char *hint = xstrndup(str_or_empty(plugin->hint), strnlen(str_or_empty(plugin->hint), MAX_WORDS));
    add_clean(err, "; how to get it: ", hint);
    free(hint);
    free(path);
    return NULL;
}

static void put_env(struct map *env, const char *pair)
{
    char *name = xstrndup(pair, strcspn(pair, "="));
    secret_free(map_put(env, name, xstrdup(pair)));
    free(name);
}

/* Ours, then what the kubeconfig adds, then the question itself. */
static char **make_env(const struct kube_plugin *plugin, bool asks)
{
    struct map env = MAP_INIT;
    for (char **pair = environ; *pair; pair++)
        put_env(&env, *pair);
    for (size_t i = 0; plugin->env && plugin->env[i]; i++)
        put_env(&env, plugin->env[i]);
    char *info = xasprintf("KUBERNETES_EXEC_INFO={\"kind\":\"ExecCredential\",\"apiVersion\":\"%s\",\"spec\":{%s%s%s"
                           "\"interactive\":%s}}",
                           plugin->api, plugin->cluster ? "\"cluster\":" : "", str_or_empty(plugin->cluster),
                           plugin->cluster ? "," : "", asks ? "true" : "false");
    put_env(&env, info);
    free(info);
    char **list = xcalloc(env.count + 1, sizeof *list);
    size_t count = 0;
    for (struct map_entry *e = map_first(&env); e; e = map_next(&env, e))
        list[count++] = e->value;
    map_release(&env, NULL);
    return list;
}

static struct child *start_child(struct plugin_run *run, const char *path, enum plugin_io io, struct err *err)
{
    const struct kube_plugin *plugin = run->plugin;
    size_t count = strings_count(plugin->args);
    const char **argv = xcalloc(count + 2, sizeof *argv);
    argv[0] = path;
    for (size_t i = 0; i < count; i++)
        argv[i + 1] = plugin->args[i];
    char **env = make_env(plugin, io == PLUGIN_ASKS);
    struct child_options options = {
        .argv = argv,
        .env = (const char *const *)env,
        .in = io == PLUGIN_ASKS ? CHILD_INHERIT : CHILD_NULL,
        .out = CHILD_PIPE,
        .err = io == PLUGIN_SILENT ? CHILD_PIPE : CHILD_INHERIT,
        .new_group = io == PLUGIN_SILENT, /* the others may be at the terminal, where a group of its own would stop */
    };
    struct child *child = child_start(run->loop, &options, on_ended, run, err);
    for (size_t i = 0; env[i]; i++)
        explicit_bzero(env[i], strlen(env[i]));
    strings_free(env);
    free(argv);
    return child;
}

struct plugin_run *plugin_run_start(struct loop *loop, const struct kube_plugin *plugin, enum plugin_io io,
                                    plugin_done_fn done, void *data, struct err *err)
{
    char *path = find_program(plugin, err);
    if (!path)
        return NULL;
    struct plugin_run *run = xcalloc(1, sizeof *run);
    run->loop = loop;
    run->plugin = plugin;
    run->done = done;
    run->data = data;
    run->patience = io == PLUGIN_ASKS ? PATIENCE_ASKING : PATIENCE;
    buf_init(&run->out, MAX_OUTPUT);
    buf_init(&run->words, 4096);
    loop_io_init(&run->out_io, loop, on_out, run);
    loop_io_init(&run->err_io, loop, on_err, run);
    loop_timer_init(&run->deadline, loop, on_deadline, run);
    run->child = start_child(run, path, io, err);
    free(path);
    if (!run->child) {
        err_prefix(err, "the credential program '%s'", plugin->command);
        run_free(run);
        return NULL;
    }
    loop_io_start(&run->out_io, child_out(run->child), POLLIN);
    if (io == PLUGIN_SILENT)
        loop_io_start(&run->err_io, child_err(run->child), POLLIN);
    loop_timer_start(&run->deadline, run->patience);
    return run;
}

void plugin_run_cancel(struct plugin_run *run)
{
    if (!run)
        return;
    kill_child(run);
    run_free(run);
}
