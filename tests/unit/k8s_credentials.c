#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "base/time.h"
#include "k8s/plugin_run.h"
#include "k8s_script.h"

#define V1 "client.authentication.k8s.io/v1"
#define EXPIRED                                                                                                        \
    "-----BEGIN CERTIFICATE-----\n"                                                                                    \
    "MIIBAjCBqgIBATAKBggqhkjOPQQDAjANMQswCQYDVQQDDAJjYTAeFw0yMDAxMDEw\n"                                               \
    "MDAwMDBaFw0yMzExMTAwMDAwMDBaMA8xDTALBgNVBAMMBGphbmUwWTATBgcqhkjO\n"                                               \
    "PQIBBggqhkjOPQMBBwNCAARSiOhbfMDCeKA9IVq1IOv47LqQ+d/kDTVOIFqRbxH0\n"                                               \
    "jZnO4iUd9u76o4gOmR8CFC6N5NwVz2aSxODD0GnJ02ayMAoGCCqGSM49BAMCA0cA\n"                                               \
    "MEQCICHNzQ7AkZRjXTwUH4dlIB5+eLPc9OSNWELamnIotvPLAiB8MaaCNvJlEe2i\n"                                               \
    "vrienm10uAqfioeY75Cu1CBjZVoVbw==\n"                                                                               \
    "-----END CERTIFICATE-----\n"
#define VALID                                                                                                          \
    "-----BEGIN CERTIFICATE-----\n"                                                                                    \
    "MIIBBjCBrAIBAjAKBggqhkjOPQQDAjANMQswCQYDVQQDDAJjYTAgFw0yMDAxMDEw\n"                                               \
    "MDAwMDBaGA8yMDYzMTIzMTIzNTk1OVowDzENMAsGA1UEAwwEamFuZTBZMBMGByqG\n"                                               \
    "SM49AgEGCCqGSM49AwEHA0IABFKI6Ft8wMJ4oD0hWrUg6/jsupD53+QNNU4gWpFv\n"                                               \
    "EfSNmc7iJR327vqjiA6ZHwIULo3k3BXPZpLE4MPQacnTZrIwCgYIKoZIzj0EAwID\n"                                               \
    "SQAwRgIhAMU9o/y/MsaEUD434YgEiDIAvU3uLWFbXok52jPD6k09AiEAimZHVCSD\n"                                               \
    "EojDlqIKC+eqFs3Gp+UfavrbIR6q2mFV+x4=\n"                                                                           \
    "-----END CERTIFICATE-----\n"
#define KEY "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n"

static char dir[] = "/tmp/patchbay-credentials-XXXXXX";
static int real_stdin;

static void setup(void)
{
    memcpy(dir + sizeof dir - 7, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(dir));
    setenv("DIR", dir, 1);
    /* no terminal, unless a test brings one */
    real_stdin = dup(STDIN_FILENO);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    dup2(null, STDIN_FILENO);
    close(null);
    script_setup();
}

static void teardown(void)
{
    struct err err = ERR_INIT;
    kube_client_free(script.client);
    script.client = NULL;
    for (int i = 0; i < 5000 && !loop_idle(script.loop); i++) { /* killed programs are still to be reaped */
        loop_turn(script.loop, 0);
        poll(NULL, 0, 1);
    }
    script_teardown();
    dup2(real_stdin, STDIN_FILENO);
    close(real_stdin);
    file_remove_tree(dir, &err);
}

static char *path_of(const char *name)
{
    static char texts[8][200];
    static unsigned next;
    char *out = texts[next++ % 8];
    snprintf(out, sizeof texts[0], "%s/%s", dir, name);
    return out;
}

static void write_file(const char *name, const char *text, mode_t mode)
{
    struct err err = ERR_INIT;
    ck_assert_msg(file_save(path_of(name), text, strlen(text), mode, &err) == 0, "%s", err.text);
}

static void expect_file(const char *name, const char *text)
{
    struct err err = ERR_INIT;
    struct buf got;
    buf_init(&got, 1 << 20);
    ck_assert_msg(file_read(path_of(name), &got, &err) == 0, "%s", err.text);
    ck_assert_str_eq(got.data, text);
    buf_release(&got);
}

/* A client whose credentials the shell commands give. Each run adds a line to DIR/runs. */
static struct kube_plugin plugin;

static void use_context(struct kube_context context)
{
    context.name = (char[]){"main"};
    context.user = (char[]){"u"};
    context.server = context.server ? context.server : (char[]){"https://h:6443"};
    kube_client_free(script.client);
    script.client = kube_client_new(script.loop, &script.transport, &context);
}

static bool lent;
static int lends;

static bool on_lend(void *data, bool lend, const char *program)
{
    (void)data;
    ck_assert_str_eq(program, plugin.command);
    ck_assert(lent != lend);
    lent = lend;
    lends++;
    return true;
}

static void use_plugin(const char *commands)
{
    struct buf text;
    buf_init(&text, 1 << 20);
    buf_addf(&text, "#!/bin/sh\necho run >>$DIR/runs\n%s\n", commands);
    write_file("plugin", text.data, 0700);
    buf_release(&text);
    static char command[200], api[] = V1;
    snprintf(command, sizeof command, "%s", path_of("plugin"));
    plugin = (struct kube_plugin){.command = command, .api = api};
    use_context((struct kube_context){.plugin = &plugin});
    lends = 0;
    kube_client_on_terminal(script.client, NULL, NULL); /* nothing of it on the test's own output */
}

#define GIVES(status) "echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\",\"status\":{" status "}}'"

static int runs(void)
{
    struct err err = ERR_INIT;
    struct buf got;
    buf_init(&got, 1 << 20);
    int count = file_read(path_of("runs"), &got, &err) == 0 ? (int)got.len / 4 : 0;
    buf_release(&got);
    return count;
}

/* Turns until no program runs, in the time of the machine: programs know no other. */
static void plugin_ends(void)
{
    script_settle();
    int64_t until = time_monotonic() + 20 * NSEC_PER_SEC;
    while (kube_client_waits_for(script.client) && time_monotonic() < until) {
        loop_turn(script.loop, 0);
        poll(NULL, 0, 1);
    }
    ck_assert_ptr_null(kube_client_waits_for(script.client));
    script_settle();
}

struct got {
    int times, status;
    enum http_outcome outcome;
    struct err err;
};

static void on_done(void *data, const struct kube_answer *answer)
{
    struct got *got = data;
    got->times++;
    got->status = answer->status;
    got->outcome = answer->outcome;
    got->err = answer->err;
}

static struct kube_call *ask(const char *method, const char *path, struct got *got)
{
    *got = (struct got){0};
    bool body = strcmp(method, "GET") != 0;
    return kube_start(script.client,
                      &(struct kube_request){.method = method, .path = path, .body = body ? "{}" : NULL,
                                             .body_len = body ? 2 : 0},
                      on_done, got);
}

static void expect_bearer(struct script_call *call, const char *token)
{
    char line[200];
    snprintf(line, sizeof line, "Authorization: Bearer %s\n", token);
    ck_assert_msg(strstr(call->headers, line) != NULL, "no '%s' in '%s'", token, call->headers);
}

/* Programs. */

START_TEST(a_program_gives_a_token_to_all_who_wait)
{
    use_plugin("printf %s \"$KUBERNETES_EXEC_INFO\" >$DIR/info; printf '%s|' \"$@\" $EXTRA >$DIR/args\n" //
               GIVES("\"token\":\"from-program\""));
    plugin.args = (char *[]){(char[]){"one"}, (char[]){"$two three"}, NULL};
    plugin.env = (char *[]){(char[]){"EXTRA=more"}, NULL};
    plugin.cluster = (char[]){"{\"server\":\"https://h:6443\"}"};
    use_context((struct kube_context){.plugin = &plugin});
    kube_client_on_terminal(script.client, NULL, NULL);
    struct got one, two;
    ask("GET", "/1", &one);
    ask("POST", "/2", &two);
    ck_assert_int_eq(script.started, 0); /* nothing goes out without credentials */
    ck_assert_str_eq(kube_client_waits_for(script.client), plugin.command);
    plugin_ends();
    struct script_call *call = script_expect("GET", "/1");
    expect_bearer(call, "from-program");
    script_answer(call, 200, "{}");
    call = script_expect("POST", "/2");
    expect_bearer(call, "from-program");
    script_answer(call, 200, "{}");
    ck_assert_int_eq(one.times + two.times, 2);
    ck_assert_int_eq(runs(), 1);
    expect_file("info", "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\",\"spec\":{\"cluster\":"
                        "{\"server\":\"https://h:6443\"},\"interactive\":false}}");
    expect_file("args", "one|$two three|more|"); /* no shell looked at them */
}
END_TEST

START_TEST(its_credentials_are_kept_until_they_expire)
{
    /* now is 22:13:20 */
    use_plugin(GIVES("\"token\":\"t'$(wc -l <$DIR/runs)'\",\"expirationTimestamp\":\"2023-11-14T22:15:00Z\""));
    struct got got;
    ask("GET", "/1", &got);
    plugin_ends();
    script_answer(script_next(), 200, "{}");
    script_pass(99);
    ask("GET", "/2", &got);
    struct script_call *call = script_next();
    expect_bearer(call, "t1");
    script_answer(call, 200, "{}");
    ck_assert_int_eq(runs(), 1);
    script_pass(2);
    ask("GET", "/3", &got);
    plugin_ends();
    call = script_next();
    expect_bearer(call, "t2"); /* though they have expired as well: once is enough */
    script_answer(call, 200, "{}");
}
END_TEST

START_TEST(refused_it_runs_again_and_the_request_goes_once_more)
{
    use_plugin(GIVES("\"token\":\"t'$(wc -l <$DIR/runs)'\""));
    struct got got, other;
    ask("PATCH", "/1", &got);
    ask("GET", "/2", &other);
    plugin_ends();
    struct script_call *one = script_next(), *two = script_next();
    script_answer(one, 401, "{\"kind\":\"Status\",\"message\":\"Unauthorized\"}");
    script_answer(two, 401, "");
    plugin_ends();
    ck_assert_int_eq(runs(), 2); /* one run for both */
    struct script_call *call = script_expect("PATCH", "/1");
    expect_bearer(call, "t2");
    ck_assert_str_eq(call->body, "{}");
    script_answer(call, 401, "");
    ck_assert_int_eq(got.times, 1);
    ck_assert_int_eq(got.status, 401);
    char says[300];
    snprintf(says, sizeof says,
             "unauthorized: the credentials are not valid: those that the credential program '%s' gave", plugin.command);
    ck_assert_str_eq(got.err.text, says);
    script_answer(script_expect("GET", "/2"), 200, "{}");
    ck_assert_int_eq(other.status, 200);
    script_pass(10000); /* they do not expire */
    ask("GET", "/3", &got);
    script_answer(script_expect("GET", "/3"), 200, "{}");
    ck_assert_int_eq(runs(), 2);
}
END_TEST

START_TEST(a_failing_program_is_told_with_its_last_words)
{
    use_plugin("echo \"log in first: \033[31mrun login\" >&2; exit 3");
    struct got got;
    ask("GET", "/1", &got);
    plugin_ends();
    ck_assert_int_eq(got.times, 1);
    ck_assert_int_eq(got.outcome, HTTP_REFUSED);
    ck_assert_str_eq(got.err.text,
                     "the credential program 'plugin' failed with exit status 3: log in first: \xef\xbf\xbd[31mrun login");
    ask("GET", "/2", &got); /* within five seconds it is not run again */
    script_settle();
    ck_assert_int_eq(got.times, 1);
    ck_assert_int_eq(runs(), 1);
    script_pass(6);
    ask("GET", "/3", &got);
    plugin_ends();
    ck_assert_int_eq(got.times, 1);
    ck_assert_int_eq(runs(), 2);
    script_none();
}
END_TEST

START_TEST(a_program_that_is_not_there_is_told_with_how_to_get_it)
{
    use_plugin("");
    plugin.command = (char[]){"no-such-program"};
    plugin.hint = (char[]){"brew install\nno-such-program \033[1m"};
    use_context((struct kube_context){.plugin = &plugin});
    struct got got;
    ask("GET", "/1", &got);
    script_settle();
    ck_assert_str_eq(got.err.text, "the credential program 'no-such-program' is not there (in no folder of $PATH); how "
                                   "to get it: brew install no-such-program \xef\xbf\xbd[1m");
    plugin.command = path_of("missing");
    plugin.hint = NULL;
    use_context((struct kube_context){.plugin = &plugin});
    ask("GET", "/1", &got);
    script_settle();
    ck_assert(str_ends(got.err.text, "missing' is not there"));
    write_file("plain", "", 0600);
    plugin.command = path_of("plain");
    use_context((struct kube_context){.plugin = &plugin});
    ask("GET", "/1", &got);
    script_settle();
    ck_assert_msg(strstr(got.err.text, "ermission denied") != NULL, "%s", got.err.text);
}
END_TEST

static void expect_gone(void)
{
    struct err err = ERR_INIT;
    struct buf pid;
    buf_init(&pid, 100);
    ck_assert_int_eq(file_read(path_of("pid"), &pid, &err), 0);
    int64_t until = time_monotonic() + 10 * NSEC_PER_SEC;
    int64_t number = 0;
    pid.data[strcspn(pid.data, "\n")] = '\0';
    ck_assert(text_int(pid.data, &number) && number > 1);
    while (kill((pid_t)number, 0) == 0 && time_monotonic() < until) {
        loop_turn(script.loop, 0);
        poll(NULL, 0, 1);
    }
    ck_assert_msg(kill((pid_t)number, 0) < 0, "%s still runs", pid.data);
    buf_release(&pid);
}

static void wait_for_file(const char *name)
{
    int64_t until = time_monotonic() + 10 * NSEC_PER_SEC;
    while (!file_exists(path_of(name)) && time_monotonic() < until) {
        loop_turn(script.loop, 0);
        poll(NULL, 0, 1);
    }
}

#define HANGS "echo hello >&2; sleep 1000 & echo $! >$DIR/pid.new; mv $DIR/pid.new $DIR/pid; wait"

START_TEST(a_program_that_hangs_is_killed_with_all_it_started)
{
    use_plugin(HANGS);
    struct got got;
    ask("GET", "/1", &got);
    wait_for_file("pid");
    script_pass(121);
    ck_assert_int_eq(got.times, 1);
    ck_assert_str_eq(got.err.text, "the credential program 'plugin' did not end within 2m and was killed: hello");
    expect_gone();
}
END_TEST

START_TEST(without_its_client_it_ends)
{
    use_plugin(HANGS);
    struct got one, two;
    struct kube_call *call = ask("GET", "/1", &one);
    ask("GET", "/2", &two);
    wait_for_file("pid");
    kube_cancel(call);
    ck_assert_ptr_nonnull(kube_client_waits_for(script.client));
    kube_client_free(script.client);
    script.client = NULL;
    expect_gone();
    ck_assert_int_eq(one.times + two.times, 0);
}
END_TEST

START_TEST(what_is_no_credential_is_a_sentence)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "what it printed is no JSON"},
        {"secret", "what it printed is no JSON"},
        {"{\"kind\":\"Status\"}", "is no ExecCredential"},
        {"{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1beta1\"}",
         "it speaks 'client.authentication.k8s.io/v1beta1', but the kubeconfig says client.authentication.k8s.io/v1"},
        {"{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\"}", "it gave no status"},
        {"{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\",\"status\":[]}", "it gave no"},
        {"{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\",\"status\":{}}", "neither a token nor"},
        {"{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\",\"status\":{\"token\":7}}", "neither a token nor"},
        {"{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\",\"status\":{\"clientKeyData\":\"x\"}}",
         "a key alone, without its certificate"},
        {"{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\",\"status\":{\"clientKeyData\":\"x\","
         "\"clientCertificateData\":\"secret\"}}",
         "its clientCertificateData: it is no PEM"},
        {"{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\",\"status\":{\"token\":\"a\\nsecret\"}}", "line break"},
        {"{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\",\"status\":{\"token\":\"secret\","
         "\"expirationTimestamp\":\"soon\"}}",
         "expirationTimestamp"},
    };
    struct kube_plugin asked = {.command = (char[]){"/x/aws"}, .api = (char[]){V1}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct plugin_answer answer;
        ck_assert_int_eq(plugin_answer_read(&answer, &asked, cases[i].text, strlen(cases[i].text)), -1);
        ck_assert_msg(strstr(answer.err.text, cases[i].says) && strstr(answer.err.text, "'aws' gave no credentials"),
                      "%zu: %s", i, answer.err.text);
        ck_assert_ptr_null(strstr(answer.err.text, "secret"));
        ck_assert_ptr_null(answer.token);
    }
}
END_TEST

START_TEST(much_output_is_refused)
{
    use_plugin("yes | head -c 3000000");
    struct got got;
    ask("GET", "/1", &got);
    plugin_ends();
    ck_assert_int_eq(got.times, 1);
    ck_assert(str_starts(got.err.text, "the credential program 'plugin' printed more than 1 MiB"));
}
END_TEST

START_TEST(a_certificate_from_a_program_is_used)
{
    write_file("answer",
               "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\",\"status\":{\"clientCertificateData\":"
               "\"-----BEGIN CERTIFICATE-----\\nabc\\n-----END CERTIFICATE-----\\n\",\"clientKeyData\":"
               "\"-----BEGIN PRIVATE KEY-----\\nabc\\n-----END PRIVATE KEY-----\\n\"}}",
               0600);
    use_plugin("cat $DIR/answer");
    struct got got;
    ask("GET", "/1", &got);
    plugin_ends();
    struct script_call *call = script_next();
    ck_assert(str_starts(call->cert, "-----BEGIN CERTIFICATE-----\nabc"));
    ck_assert_ptr_null(strstr(call->headers, "Authorization"));
    script_answer(call, 200, "{}");
}
END_TEST

START_TEST(other_credentials_and_plain_servers_leave_it_alone)
{
    use_plugin("");
    struct got got;
    use_context((struct kube_context){.plugin = &plugin, .token = (char[]){"own"}});
    ask("GET", "/1", &got);
    struct script_call *call = script_next();
    expect_bearer(call, "own");
    script_answer(call, 200, "{}");
    use_context((struct kube_context){.plugin = &plugin, .server = (char[]){"http://h:8080"}});
    ask("GET", "/1", &got);
    script_answer(script_next(), 200, "{}");
    ck_assert_int_eq(runs(), 0);
}
END_TEST

/* A terminal as our standard input; returns its other end. */
static int bring_terminal(void)
{
    int master, slave;
    ck_assert_int_eq(openpty(&master, &slave, NULL, NULL, NULL), 0);
    dup2(slave, STDIN_FILENO);
    close(slave);
    return master;
}

START_TEST(the_terminal_is_lent_to_a_program_that_asks)
{
    int terminal = bring_terminal();
    use_plugin("printf %s \"$KUBERNETES_EXEC_INFO\" >$DIR/info; read word\n" GIVES("\"token\":\"'$word'\""));
    kube_client_on_terminal(script.client, on_lend, NULL);
    plugin.mode = PLUGIN_ALWAYS;
    use_context((struct kube_context){.plugin = &plugin});
    kube_client_on_terminal(script.client, on_lend, NULL);
    struct got got;
    ask("GET", "/1", &got);
    ck_assert(lent);
    ck_assert_int_eq(write(terminal, "word\n", 5), 5);
    plugin_ends();
    ck_assert(!lent);
    ck_assert_int_eq(lends, 2);
    struct script_call *call = script_next();
    expect_bearer(call, "word");
    script_answer(call, 200, "{}");
    expect_file("info", "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\",\"spec\":{\"interactive\":true}}");
    close(terminal);
}
END_TEST

START_TEST(without_a_terminal_it_does_without_or_says_so)
{
    use_plugin(GIVES("\"token\":\"x\""));
    plugin.mode = PLUGIN_ALWAYS;
    use_context((struct kube_context){.plugin = &plugin});
    struct got got;
    ask("GET", "/1", &got);
    script_settle();
    ck_assert_int_eq(got.outcome, HTTP_UNTRUSTED); /* a lasting no */
    ck_assert(str_ends(got.err.text, "asks questions, and there is no terminal here to answer them on"));
    ck_assert_int_eq(runs(), 0);
    int terminal = bring_terminal();
    plugin.mode = PLUGIN_IF_AVAILABLE;
    use_context((struct kube_context){.plugin = &plugin});
    kube_client_on_terminal(script.client, NULL, NULL); /* there is one, but it is never lent */
    ask("GET", "/1", &got);
    plugin_ends();
    ck_assert_str_eq(got.err.text, "");
    script_answer(script_next(), 200, "{}");
    close(terminal);
}
END_TEST

START_TEST(a_failed_login_is_not_asked_for_again_by_itself)
{
    int terminal = bring_terminal();
    use_plugin("exit 1");
    plugin.mode = PLUGIN_IF_AVAILABLE;
    use_context((struct kube_context){.plugin = &plugin});
    kube_client_on_terminal(script.client, on_lend, NULL);
    struct got got;
    ask("GET", "/1", &got);
    plugin_ends();
    ck_assert(!lent);
    ck_assert_int_eq(got.outcome, HTTP_UNTRUSTED);
    for (int i = 0; i < 30; i++) { /* reflectors and the pulse go on asking */
        script_pass(10);
        ask("GET", "/1", &got);
        plugin_ends();
        ck_assert_int_eq(got.outcome, HTTP_UNTRUSTED);
    }
    ck_assert_int_eq(runs(), 1);
    ck_assert_int_eq(lends, 2);
    script_pass(600);
    ask("GET", "/1", &got);
    plugin_ends();
    ck_assert_int_eq(runs(), 2);
    close(terminal);
}
END_TEST

static bool lend_nothing(void *data UNUSED, bool lend UNUSED, const char *program UNUSED)
{
    return false;
}

START_TEST(a_terminal_that_is_in_use_is_not_shared)
{
    int terminal = bring_terminal();
    use_plugin(GIVES("\"token\":\"x\""));
    plugin.mode = PLUGIN_ALWAYS;
    use_context((struct kube_context){.plugin = &plugin});
    kube_client_on_terminal(script.client, lend_nothing, NULL);
    struct got got;
    ask("GET", "/1", &got);
    plugin_ends();
    ck_assert_msg(str_ends(got.err.text, "asks questions, and the terminal is in use"), "%s", got.err.text);
    ck_assert_int_eq(runs(), 0);
    close(terminal);
}
END_TEST

/* Files. */

START_TEST(a_missing_token_file_is_a_sentence)
{
    use_context((struct kube_context){.token_file = path_of("token")});
    struct got got;
    ask("GET", "/1", &got);
    script_settle();
    ck_assert_int_eq(got.outcome, HTTP_REFUSED);
    ck_assert_msg(str_starts(got.err.text, "cannot read '") && str_ends(got.err.text, "o such file or directory"), "%s",
                  got.err.text);
    write_file("token", " \n", 0600);
    ask("GET", "/1", &got);
    script_settle();
    ck_assert(str_ends(got.err.text, "token' is empty"));
    write_file("token", "there\n", 0600);
    ask("GET", "/1", &got);
    struct script_call *call = script_next();
    expect_bearer(call, "there");
    script_answer(call, 200, "{}");
    use_context((struct kube_context){.token_file = path_of("missing"), .token = (char[]){"own"}});
    ask("GET", "/1", &got);
    call = script_next();
    expect_bearer(call, "own"); /* client-go falls back to it */
    script_answer(call, 200, "{}");
}
END_TEST

static void use_certificate(void)
{
    write_file("cert", EXPIRED, 0600);
    write_file("key", KEY, 0600);
    use_context((struct kube_context){.cert_pem = (char[]){EXPIRED}, .key_pem = (char[]){KEY},
                                      .cert_file = path_of("cert"), .key_file = path_of("key")});
}

START_TEST(an_expired_certificate_is_read_again_and_then_explained)
{
    use_certificate();
    struct got got;
    ask("POST", "/1", &got);
    script_answer(script_next(), 401, "{\"kind\":\"Status\",\"reason\":\"Unauthorized\"}");
    ck_assert_int_eq(got.times, 1);
    char says[300];
    snprintf(says, sizeof says, "unauthorized: the credentials are not valid: the client certificate '%s', which expired "
                                "on 2023-11-10T00:00:00Z (4d22h ago)",
             path_of("cert"));
    ck_assert_str_eq(got.err.text, says);
    ask("POST", "/1", &got);
    write_file("cert", VALID, 0600); /* renewed while the request is on its way */
    script_answer(script_next(), 401, "");
    struct script_call *call = script_expect("POST", "/1");
    ck_assert_str_eq(call->cert, VALID);
    script_answer(call, 200, "{}");
    ck_assert_int_eq(got.status, 200);
}
END_TEST

START_TEST(a_connection_that_breaks_over_a_certificate_says_so)
{
    use_certificate();
    struct got got;
    ask("POST", "/1", &got);
    script_break(script_next());
    ck_assert_int_eq(got.times, 1);
    ck_assert_msg(strstr(got.err.text, "broke; perhaps because of the client certificate '") != NULL, "%s", got.err.text);
    ck_assert(str_ends(got.err.text, "which expired on 2023-11-10T00:00:00Z (4d22h ago)"));
    ask("GET", "/1", &got);
    struct script_call *call = script_next();
    write_file("cert", VALID, 0600);
    script_break(call);
    call = script_next();
    script_answer(call, 200, "{}");
    use_certificate();
    ask("POST", "/1", &got);
    call = script_next();
    write_file("cert", VALID, 0600);
    script_break(call); /* it may have happened: a write is not sent again */
    ck_assert_int_eq(got.times, 1);
    script_none();
    use_certificate();
    ask("GET", "/1", &got);
    call = script_next();
    write_file("cert", VALID, 0600);
    script_break(call);
    call = script_next();
    ck_assert_str_eq(call->cert, VALID);
    script_answer(call, 200, "{}");
    ck_assert_int_eq(got.status, 200);
}
END_TEST

START_TEST(certificate_files_are_read_again_every_five_minutes)
{
    use_certificate();
    write_file("cert", VALID, 0600);
    use_context((struct kube_context){.cert_pem = (char[]){VALID}, .key_pem = (char[]){KEY},
                                      .cert_file = path_of("cert"), .key_file = path_of("key")});
    struct got got;
    write_file("key", "-----BEGIN PRIVATE KEY-----\nnew\n-----END PRIVATE KEY-----\n", 0600);
    write_file("cert", "half", 0600); /* in the middle of being changed */
    script_pass(301);
    ask("GET", "/1", &got);
    struct script_call *call = script_next();
    ck_assert_str_eq(call->cert, VALID);
    script_answer(call, 200, "{}");
    write_file("cert", EXPIRED, 0600);
    script_pass(299);
    ask("GET", "/1", &got);
    call = script_next();
    ck_assert_str_eq(call->cert, VALID);
    script_answer(call, 200, "{}");
    script_pass(2);
    ask("GET", "/1", &got);
    call = script_next();
    ck_assert_str_eq(call->cert, EXPIRED);
    script_answer(call, 200, "{}");
}
END_TEST

/* What goes along. */

START_TEST(impersonation_and_further_headers_are_sent)
{
    use_context((struct kube_context){
        .token = (char[]){"t"},
        .as = (char[]){"jane"},
        .as_uid = (char[]){"7"},
        .as_groups = (char *[]){(char[]){"a"}, (char[]){"b"}, NULL},
        .as_extra = (char *[]){(char[]){"Impersonate-Extra-Scopes: x"}, NULL},
    });
    const char *const more[] = {"Sec-WebSocket-Version: 13", NULL};
    struct http_call *stream = kube_stream(script.client, &(struct kube_request){.path = "/1", .headers = more},
                                           &(struct http_events){0}, NULL);
    struct script_call *call = script_next();
    ck_assert_str_eq(call->headers, "Authorization: Bearer t\nImpersonate-User: jane\nImpersonate-Uid: 7\n"
                                    "Impersonate-Group: a\nImpersonate-Group: b\nImpersonate-Extra-Scopes: x\n"
                                    "Accept: application/json\nSec-WebSocket-Version: 13\n");
    http_cancel(stream);
}
END_TEST

START_TEST(compression_is_asked_for_reads_unless_the_cluster_will_not)
{
    struct got got;
    use_context((struct kube_context){.proxy_url = (char[]){"socks5://p:1080"}});
    ask("GET", "/1", &got);
    struct script_call *call = script_next();
    ck_assert(call->compressed);
    ck_assert_str_eq(call->proxy, "socks5h://p:1080"); /* the proxy resolves names, as with client-go */
    script_answer(call, 200, "{}");
    ask("POST", "/1", &got);
    call = script_next();
    ck_assert(!call->compressed);
    script_answer(call, 200, "{}");
    use_context((struct kube_context){.no_compression = true, .proxy_url = (char[]){"http://p:1080"}});
    ask("GET", "/1", &got);
    call = script_next();
    ck_assert(!call->compressed);
    ck_assert_str_eq(call->proxy, "http://p:1080");
    script_answer(call, 200, "{}");
}
END_TEST

START_TEST(a_refusal_from_behind_the_proxy_is_not_ours)
{
    write_file("token", "one", 0600);
    use_context((struct kube_context){.token_file = path_of("token")});
    struct got got;
    ask("GET", "/api/v1/namespaces/m/services/camera:80/proxy/x", &got);
    struct script_call *call = script_next();
    write_file("token", "two", 0600);
    script_answer(call, 401, "<h1>camera wants a password</h1>");
    ck_assert_int_eq(got.times, 1);
    ck_assert_str_eq(got.err.text, "the server answered 401 unauthorized: the credentials are not valid: 'camera wants a "
                                   "password'");
    ask("GET", "/api/v1/namespaces/m/services/camera:80/proxy/x", &got);
    script_answer(script_next(), 401, "{\"kind\":\"Status\",\"reason\":\"Unauthorized\"}");
    script_answer(script_next(), 200, "{}"); /* that was the API server itself */
    ck_assert_int_eq(got.status, 200);
}
END_TEST

static struct http_call *held;

static void cancel_in_head(void *data, struct http_call *call, const struct http_head *head)
{
    (void)data;
    ck_assert_int_eq(head->status, 401);
    http_cancel(call);
    held = NULL;
}

START_TEST(a_refused_stream_may_be_cancelled_in_its_head)
{
    held = kube_stream(script.client, &(struct kube_request){.path = "/1"}, &(struct http_events){.head = cancel_in_head},
                       NULL);
    script_answer(script_next(), 401, "{}");
    ck_assert_ptr_null(held);
}
END_TEST

Suite *k8s_credentials_suite(void)
{
    Suite *suite = suite_create("k8s credentials");
    TCase *tc = tcase_create("programs");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_program_gives_a_token_to_all_who_wait);
    tcase_add_test(tc, its_credentials_are_kept_until_they_expire);
    tcase_add_test(tc, refused_it_runs_again_and_the_request_goes_once_more);
    tcase_add_test(tc, a_failing_program_is_told_with_its_last_words);
    tcase_add_test(tc, a_program_that_is_not_there_is_told_with_how_to_get_it);
    tcase_add_test(tc, a_program_that_hangs_is_killed_with_all_it_started);
    tcase_add_test(tc, without_its_client_it_ends);
    tcase_add_test(tc, what_is_no_credential_is_a_sentence);
    tcase_add_test(tc, much_output_is_refused);
    tcase_add_test(tc, a_certificate_from_a_program_is_used);
    tcase_add_test(tc, other_credentials_and_plain_servers_leave_it_alone);
    tcase_add_test(tc, the_terminal_is_lent_to_a_program_that_asks);
    tcase_add_test(tc, without_a_terminal_it_does_without_or_says_so);
    tcase_add_test(tc, a_failed_login_is_not_asked_for_again_by_itself);
    tcase_add_test(tc, a_terminal_that_is_in_use_is_not_shared);
    suite_add_tcase(suite, tc);
    tc = tcase_create("files and headers");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_missing_token_file_is_a_sentence);
    tcase_add_test(tc, an_expired_certificate_is_read_again_and_then_explained);
    tcase_add_test(tc, a_connection_that_breaks_over_a_certificate_says_so);
    tcase_add_test(tc, certificate_files_are_read_again_every_five_minutes);
    tcase_add_test(tc, impersonation_and_further_headers_are_sent);
    tcase_add_test(tc, compression_is_asked_for_reads_unless_the_cluster_will_not);
    tcase_add_test(tc, a_refusal_from_behind_the_proxy_is_not_ours);
    tcase_add_test(tc, a_refused_stream_may_be_cancelled_in_its_head);
    suite_add_tcase(suite, tc);
    return suite;
}
