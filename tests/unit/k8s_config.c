#include <sys/stat.h>

#include "base/file.h"
#include "k8s/config.h"
#include "k8s/plugin.h"
#include "k8s_script.h"

static char dir[] = "/tmp/patchbay-config-XXXXXX";

static void setup(void)
{
    memcpy(dir + sizeof dir - 7, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(dir));
    setenv("HOME", dir, 1);
    unsetenv("KUBECONFIG");
    unsetenv("KUBERNETES_SERVICE_HOST");
    unsetenv("POD_NAMESPACE");
}

static void teardown(void)
{
    struct err err = ERR_INIT;
    file_remove_tree(dir, &err);
}

/* DIR/NAME; good for a few calls. */
static const char *path(const char *name)
{
    static char texts[8][200];
    static unsigned next;
    char *out = texts[next++ % 8];
    snprintf(out, sizeof texts[0], "%s/%s", dir, name);
    return out;
}

static void write_file(const char *name, const char *text)
{
    struct err err = ERR_INIT;
    char *parent = xstrdup(path(name));
    *strrchr(parent, '/') = '\0';
    ck_assert_int_eq(file_mkdirs(parent, 0700, &err), 0);
    ck_assert_msg(file_save(path(name), text, strlen(text), 0600, &err) == 0, "%s", err.text);
    free(parent);
}

#define PEM_BASE64 "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCmFiYwotLS0tLUVORCBDRVJUSUZJQ0FURS0tLS0tCg=="
#define PEM "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n"

/* A kubeconfig with one context of everything, its cluster's and user's fields given in flow style. */
static void write_one(const char *name, const char *cluster, const char *user)
{
    struct buf text;
    buf_init(&text, 1 << 20);
    buf_addf(&text,
             "apiVersion: v1\nkind: Config\ncurrent-context: main\n"
             "clusters: [{name: c, cluster: {%s}}]\n"
             "users:\n- name: u\n  user: {%s}\n"
             "contexts: [{name: main, context: {cluster: c, user: u, namespace: media}}]\n",
             cluster, user);
    write_file(name, text.data);
    buf_release(&text);
}

static struct kube_config *load(const char *explicit_path)
{
    struct err err = ERR_INIT;
    struct kube_config *config = kube_config_load(explicit_path, &err);
    ck_assert_msg(config != NULL, "%s", err.text);
    return config;
}

static void expect_load_error(const char *explicit_path, const char *says)
{
    struct err err = ERR_INIT;
    ck_assert_ptr_null(kube_config_load(explicit_path, &err));
    ck_assert_msg(strstr(err.text, says) != NULL, "'%s' is not in '%s'", says, err.text);
}

START_TEST(reads_a_context)
{
    write_file("token", "from-file\n");
    write_one("config",
              "server: 'https://h:6443/', certificate-authority-data: " PEM_BASE64
              ", tls-server-name: other, proxy-url: 'http://p:3128'",
              "tokenFile: token");
    struct kube_config *config = load(path("config"));
    struct err err = ERR_INIT;
    const struct kube_context *c = kube_config_context(config, NULL, &err);
    ck_assert_msg(c != NULL, "%s", err.text);
    ck_assert_str_eq(c->server, "https://h:6443");
    ck_assert_str_eq(c->ca_pem, PEM);
    ck_assert_str_eq(c->ns, "media");
    ck_assert_str_eq(c->server_name, "other");
    ck_assert_str_eq(c->proxy_url, "http://p:3128");
    ck_assert_str_eq(c->token_file, path("token")); /* from where the kubeconfig lies */
    ck_assert_ptr_null(c->token);
    kube_config_free(config);
}
END_TEST

START_TEST(merges_files_the_first_wins_whole)
{
    write_file("a/config", "current-context: ''\nclusters: [{name: c, cluster: {server: 'https://first'}}]\n"
                           "contexts: [{name: one, context: {cluster: c}}]\n");
    write_file("b/config", "current-context: two\n"
                           "clusters: [{name: c, cluster: {server: 'https://second', tls-server-name: x}},"
                           "{name: d, cluster: {server: 'https://d', certificate-authority: ca.pem}}]\n"
                           "contexts: [{name: one, context: {cluster: d}}, {name: two, context: {cluster: d}}]\n");
    write_file("b/ca.pem", PEM);
    char list[1000];
    snprintf(list, sizeof list, "%s:%s::%s:%s", path("a/config"), path("missing"), path("b/config"), path("a/config"));
    setenv("KUBECONFIG", list, 1);
    write_file(".kube/config", "]["); /* not looked at */
    struct kube_config *config = load(NULL);
    ck_assert_str_eq(config->current, "two");
    ck_assert_uint_eq(config->context_count, 2);
    struct err err = ERR_INIT;
    const struct kube_context *one = kube_config_context(config, "one", &err);
    ck_assert_str_eq(one->server, "https://first");
    ck_assert_ptr_null(one->server_name); /* nothing of the second file's cluster seeps in */
    ck_assert_str_eq(one->ns, "default");
    const struct kube_context *two = kube_config_context(config, "two", &err);
    ck_assert_str_eq(two->ca_pem, PEM); /* relative to b */
    ck_assert_ptr_null(kube_config_context(config, "three", &err));
    ck_assert_str_eq(err.text, "no context 'three' in the kubeconfig; there are: one, two");
    kube_config_free(config);
}
END_TEST

START_TEST(home_is_the_last_place_and_nothing_is_a_sentence)
{
    expect_load_error(NULL, "no kubeconfig: ~/.kube/config is not there");
    setenv("KUBECONFIG", "/nowhere/a:/nowhere/b", 1);
    expect_load_error(NULL, "none of the files that $KUBECONFIG names");
    unsetenv("KUBECONFIG");
    write_one(".kube/config", "server: 'https://home'", "");
    struct kube_config *config = load(NULL);
    struct err err = ERR_INIT;
    ck_assert_str_eq(kube_config_context(config, NULL, &err)->server, "https://home");
    kube_config_free(config);
    expect_load_error(path("missing"), "missing");
}
END_TEST

START_TEST(a_context_that_cannot_be_used_says_why)
{
    write_file("cert", PEM);
    write_file("empty", "");
    write_file("key", "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n");
    write_file("locked", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nabc\n-----END ENCRYPTED PRIVATE KEY-----\n");
    static const struct {
        const char *cluster, *user, *says;
    } cases[] = {
        {"server: 'https://h'", "auth-provider: {name: gcp}", "auth-provider"},
        {"server: 'https://h'", "as-groups: [a]", "but no user"},
        {"server: 'https://h'", "as-uid: '5'", "but no user"},
        {"server: 'https://h'", "as-user-extra: {a: [b]}", "but no user"},
        {"server: 'https://h'", "as: jane, as-user-extra: {a: b}", "a must be a list of texts"},
        {"server: 'https://h'", "as: jane, as-user-extra: [b]", "as-user-extra must be a map"},
        {"server: 'https://h'", "as: jane, as-groups: [\"a\\r\\nEvil: 1\"]", "line break"},
        {"server: 'https://h'", "as: jane, as-user-extra: {a: [\"a\\nEvil: 1\"]}", "line break"},
        {"server: 'https://h'", "exec: {command: aws, apiVersion: v1}", "'v1' is not spoken"},
        {"server: 'https://h'", "exec: {command: aws, apiVersion: client.authentication.k8s.io/v1alpha1}",
         "v1alpha1' is not spoken"},
        {"server: 'https://h'", "exec: {command: aws}", "apiVersion is not given"},
        {"server: 'https://h'", "exec: {apiVersion: client.authentication.k8s.io/v1}", "command is not given"},
        {"server: 'https://h'", "exec: {command: aws, apiVersion: client.authentication.k8s.io/v1}",
         "interactiveMode is not given"},
        {"server: 'https://h'",
         "exec: {command: a, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Perhaps}", "'Perhaps'"},
        {"server: 'https://h'",
         "exec: {command: a, apiVersion: client.authentication.k8s.io/v1beta1, env: [{value: x}]}", "a name is missing"},
        {"server: 'https://h'",
         "exec: {command: a, apiVersion: client.authentication.k8s.io/v1beta1, env: {a: x}}", "must be a list"},
        {"server: 'https://h'", "exec: aws", "exec must be a map"},
        {"server: 'https://h', proxy-url: 'ftp://x'", "", "proxy-url must begin"},
        {"server: 'https://h', insecure-skip-tls-verify: 'yes'", "", "must be true or false"},
        {"server: 'https://h', tls-server-name: [x]", "", "tls-server-name must be text"},
        {"server: 'https://h'", "token: {a: b}", "token must be text"},
        {"server: 'https://h'", "token: \"a\\0b\"", "without NUL"},
        {"server: 'https://h'", "token: \"a\\nb\"", "line break"},
        {"server: 'https://h'", "tokenFile: a, username: b", "a token and a username"},
        {"server: 'https://h'", "client-certificate: cert, client-key: cert", "it holds no private key"},
        {"server: 'https://h'", "client-certificate: cert, client-key: locked", "pass phrase"},
        {"server: 'https://h'", "client-certificate: key, client-key: key", "it holds no certificate"},
        {"server: 'https://h'", "token: a, username: b, password: c", "a token and a username"},
        {"server: 'https://h'", "client-certificate: cert", "without client-key"},
        {"server: 'https://h'", "client-key: key", "without client-certificate"},
        {"server: 'https://h'", "client-certificate: nowhere, client-key: cert", "client-certificate"},
        {"server: 'https://h', certificate-authority-data: '***'", "", "certificate-authority-data is not base64"},
        {"server: 'https://h', certificate-authority-data: YWJj", "", "no PEM"},
        {"server: 'https://h', certificate-authority: empty", "", "no PEM"},
        {"server: 'https://h', certificate-authority: cert, certificate-authority-data: " PEM_BASE64, "", "both given"},
        {"server: 'https://h', certificate-authority: cert, insecure-skip-tls-verify: true", "", "both given"},
        {"server: 'ftp://h'", "", "must begin with https"},
        {"server: 'https://a:b@h'", "", "must not hold"},
        {"server: ''", "", "no server"},
        {"", "", "no server"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        write_one("config", cases[i].cluster, cases[i].user);
        struct kube_config *config = load(path("config"));
        struct err err = ERR_INIT;
        ck_assert_ptr_null(kube_config_context(config, "main", &err));
        ck_assert_msg(strstr(err.text, cases[i].says) && strstr(err.text, "context 'main'"), "%zu: %s", i, err.text);
        kube_config_free(config);
    }
}
END_TEST

START_TEST(one_bad_context_leaves_the_others)
{
    write_file("config",
               "clusters: [{name: c, cluster: {server: 'https://h'}}]\n"
               "contexts: [{name: bad, context: {cluster: none}}, {name: worse, context: {cluster: c, user: none}}, "
               "{name: hollow}, {name: good, context: {cluster: c}}]\n");
    struct kube_config *config = load(path("config"));
    struct err err = ERR_INIT;
    ck_assert_ptr_null(kube_config_context(config, NULL, &err));
    ck_assert_str_eq(err.text,
                     "the kubeconfig has no current-context; choose one with --context: bad, worse, hollow, good");
    ck_assert_ptr_null(kube_config_context(config, "bad", &err));
    ck_assert_ptr_nonnull(strstr(err.text, "the cluster 'none', which the kubeconfig does not have"));
    ck_assert_ptr_null(kube_config_context(config, "worse", &err));
    ck_assert_ptr_nonnull(strstr(err.text, "the user 'none'"));
    ck_assert_ptr_null(kube_config_context(config, "hollow", &err));
    ck_assert_ptr_nonnull(strstr(err.text, "names no cluster"));
    ck_assert_ptr_nonnull(kube_config_context(config, "good", &err));
    kube_config_free(config);
}
END_TEST

START_TEST(bad_files_are_errors_with_their_place)
{
    write_file("config", "clusters: [\ncontexts: {\n");
    expect_load_error(path("config"), "/config:");
    write_file("config", "- a\n- b\n");
    expect_load_error(path("config"), "is no kubeconfig");
    write_file("config", "kind: Pod\n");
    expect_load_error(path("config"), "is no kubeconfig");
    write_file("config", "clusters: 3\n");
    expect_load_error(path("config"), "/config:1: it must be a list");
    write_file("config", "kind: Config\ncontexts:\n- 1\n");
    expect_load_error(path("config"), "/config:3: a context without a name");
    write_file("config", "kind: Config\nusers:\n- name: [x]\n");
    expect_load_error(path("config"), "/config:3: a user without a name");
    write_file("config", "clusters:\n- name: c\n- name: d\n- name: c\n");
    expect_load_error(path("config"), "/config:4: the cluster 'c' is there twice");
    write_file("config", "current-context: [a]\n");
    expect_load_error(path("config"), "/config:1: current-context must be a name");
    write_file("config", "a: &x 1\nb: *x\n");
    expect_load_error(path("config"), "/config:1:4: ");
    struct buf deep;
    buf_init(&deep, 1 << 20);
    buf_pad(&deep, '[', 5000);
    write_file("config", deep.data);
    buf_release(&deep);
    expect_load_error(path("config"), "/config:1:");
    static const char *const odd[] = {
        "",
        "null",
        "{}",
        "clusters: []\nusers: ~\ncontexts: [{name: a, context: 7}, {name: ''}]\n",
        "contexts: [{name: a, context: {cluster: {x: y}, user: [1], namespace: {}}}]\n",
        "clusters: [{name: c, cluster: {server: [x], certificate-authority-data: {}}}]\n"
        "users: [{name: u, user: 3}]\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n",
    };
    for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
        write_file("config", odd[i]);
        struct kube_config *config = load(path("config"));
        struct err err = ERR_INIT;
        ck_assert_ptr_null(kube_config_context(config, NULL, &err));
        ck_assert_ptr_null(kube_config_context(config, "a", &err));
        ck_assert(err_is_set(&err));
        kube_config_free(config);
    }
}
END_TEST

START_TEST(reads_a_credential_program)
{
    write_file("ca", PEM);
    write_one("sub/config",
              "server: 'https://h:6443/', certificate-authority: ../ca, tls-server-name: n, proxy-url: 'socks5://p:1', "
              "disable-compression: true, extensions: [{name: other, extension: 1}, "
              "{name: client.authentication.k8s.io/exec, extension: {a: [1, x]}}]",
              "exec: {command: ./bin/login, args: [a, 'b c', ''], env: [{name: A, value: '1=2'}, {name: B}], "
              "apiVersion: client.authentication.k8s.io/v1beta1, installHint: hint, provideClusterInfo: true}");
    struct kube_config *config = load(path("sub/config"));
    struct err err = ERR_INIT;
    const struct kube_context *c = kube_config_context(config, NULL, &err);
    ck_assert_msg(c != NULL, "%s", err.text);
    struct kube_context *copy = kube_context_copy(c);
    const struct kube_plugin *plugin = copy->plugin;
    ck_assert_str_eq(plugin->command, path("sub/bin/login")); /* from where the kubeconfig lies */
    ck_assert_uint_eq(strings_count(plugin->args), 3);
    ck_assert_str_eq(plugin->args[1], "b c");
    ck_assert_str_eq(plugin->env[0], "A=1=2");
    ck_assert_str_eq(plugin->env[1], "B=");
    ck_assert_str_eq(plugin->hint, "hint");
    ck_assert_int_eq(plugin->mode, PLUGIN_IF_AVAILABLE); /* v1beta1's default */
    ck_assert_str_eq(plugin->cluster,
                     "{\"server\":\"https://h:6443/\",\"tls-server-name\":\"n\",\"certificate-authority-data\":"
                     "\"" PEM_BASE64 "\",\"proxy-url\":\"socks5://p:1\",\"disable-compression\":true,"
                     "\"config\":{\"a\":[1,\"x\"]}}");
    ck_assert(copy->no_compression);
    ck_assert_str_eq(copy->ca_file, path("sub/../ca"));
    kube_context_free(copy);
    kube_config_free(config);
    write_one("config", "server: 'https://h'",
              "exec: {command: aws, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always}");
    config = load(path("config"));
    plugin = kube_config_context(config, NULL, &err)->plugin;
    ck_assert_str_eq(plugin->command, "aws"); /* looked up in $PATH */
    ck_assert_ptr_null(plugin->cluster);
    ck_assert_int_eq(plugin->mode, PLUGIN_ALWAYS);
    kube_config_free(config);
}
END_TEST

START_TEST(reads_whom_to_act_as_and_flags_go_before)
{
    write_one("config", "server: 'https://h'",
              "as: jane, as-uid: '7', as-groups: [a, b], as-user-extra: {\"Foo/bar \\u00e9%\": [x, z]}");
    struct kube_config *config = load(path("config"));
    struct err err = ERR_INIT;
    const struct kube_context *c = kube_config_context(config, NULL, &err);
    ck_assert_msg(c != NULL, "%s", err.text);
    ck_assert_str_eq(c->as, "jane");
    ck_assert_str_eq(c->as_uid, "7");
    ck_assert_uint_eq(strings_count(c->as_groups), 2);
    ck_assert_str_eq(c->as_extra[0], "Impersonate-Extra-Foo%2Fbar%20%C3%A9%25: x"); /* as kubectl sends it */
    ck_assert_str_eq(c->as_extra[1], "Impersonate-Extra-Foo%2Fbar%20%C3%A9%25: z");
    kube_config_impersonate(config, NULL, NULL, (const char *const[]){"z", NULL});
    ck_assert_str_eq(c->as, "jane");
    ck_assert_uint_eq(strings_count(c->as_groups), 1);
    ck_assert_str_eq(c->as_groups[0], "z");
    kube_config_impersonate(config, "bob", NULL, NULL);
    ck_assert_str_eq(c->as, "bob");
    ck_assert_str_eq(c->as_uid, "7");
    kube_config_free(config);
    write_one("config", "server: 'https://h'", "");
    config = load(path("config"));
    kube_config_impersonate(config, NULL, "7", NULL);
    ck_assert_ptr_null(kube_config_context(config, NULL, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "but no user (--as"));
    kube_config_free(config);
}
END_TEST

START_TEST(a_pod_finds_its_cluster)
{
    struct err err = ERR_INIT;
    write_file("account/token", "t");
    write_file("account/ca.crt", PEM);
    write_file("account/namespace", "media\n");
    setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
    setenv("KUBERNETES_SERVICE_PORT", "443", 1);
    struct kube_config *config = kube_config_load_from(NULL, path("account"), &err);
    ck_assert_msg(config != NULL, "%s", err.text);
    const struct kube_context *c = kube_config_context(config, NULL, &err);
    ck_assert_str_eq(c->server, "https://[fd00::1]:443");
    ck_assert_str_eq(c->token_file, path("account/token"));
    ck_assert_str_eq(c->ca_pem, PEM);
    ck_assert_str_eq(c->ns, "media");
    kube_config_free(config);
    /* without its authority the system's, never nobody */
    ck_assert_int_eq(unlink(path("account/ca.crt")), 0);
    ck_assert_int_eq(unlink(path("account/namespace")), 0);
    setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1", 1);
    config = kube_config_load_from(NULL, path("account"), &err);
    c = kube_config_context(config, NULL, &err);
    ck_assert_str_eq(c->server, "https://10.0.0.1:443");
    ck_assert_ptr_null(c->ca_pem);
    ck_assert(!c->insecure);
    ck_assert_str_eq(c->ns, "default");
    kube_config_free(config);
    setenv("POD_NAMESPACE", "here", 1);
    config = kube_config_load_from(NULL, path("account"), &err);
    ck_assert_str_eq(kube_config_context(config, NULL, &err)->ns, "here");
    kube_config_free(config);
    /* a kubeconfig goes before; without a token this is no pod */
    write_one(".kube/config", "server: 'https://home'", "");
    config = kube_config_load_from(NULL, path("account"), &err);
    ck_assert_str_eq(kube_config_context(config, NULL, &err)->server, "https://home");
    kube_config_free(config);
    ck_assert_int_eq(unlink(path(".kube/config")), 0);
    ck_assert_int_eq(unlink(path("account/token")), 0);
    ck_assert_ptr_null(kube_config_load_from(NULL, path("account"), &err));
}
END_TEST

START_TEST(huge_data_is_a_sentence_without_it)
{
    struct buf user;
    buf_init(&user, 7 << 20);
    buf_adds(&user, "client-certificate-data: ");
    buf_pad(&user, 'A', 3 << 20);
    write_file("empty", "");
    struct buf text;
    buf_init(&text, 8 << 20);
    buf_addf(&text, "clusters: [{name: c, cluster: {server: 'https://h'}}]\nusers: [{name: u, user: {%s}}]\n"
                    "contexts: [{name: main, context: {cluster: c, user: u}}]\n", user.data);
    write_file("config", text.data);
    struct kube_config *config = load(path("config"));
    struct err err = ERR_INIT;
    ck_assert_ptr_null(kube_config_context(config, "main", &err));
    ck_assert_str_eq(err.text, "context 'main', user 'u': client-certificate-data is larger than 1024 KiB");
    kube_config_free(config);
    buf_release(&user);
    buf_release(&text);
}
END_TEST

START_TEST(json_is_a_kubeconfig_as_well)
{
    write_file("config", "{\"kind\":\"Config\",\"clusters\":[{\"name\":\"c\",\"cluster\":{\"server\":\"h:8080\"}}],"
                         "\"contexts\":[{\"name\":\"m\",\"context\":{\"cluster\":\"c\"}}],\"current-context\":\"m\"}");
    struct kube_config *config = load(path("config"));
    struct err err = ERR_INIT;
    ck_assert_str_eq(kube_config_context(config, NULL, &err)->server, "http://h:8080");
    kube_config_free(config);
}
END_TEST

Suite *k8s_config_suite(void)
{
    Suite *suite = suite_create("k8s config");
    TCase *tc = tcase_create("config");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, reads_a_context);
    tcase_add_test(tc, merges_files_the_first_wins_whole);
    tcase_add_test(tc, home_is_the_last_place_and_nothing_is_a_sentence);
    tcase_add_test(tc, a_context_that_cannot_be_used_says_why);
    tcase_add_test(tc, one_bad_context_leaves_the_others);
    tcase_add_test(tc, bad_files_are_errors_with_their_place);
    tcase_add_test(tc, reads_a_credential_program);
    tcase_add_test(tc, reads_whom_to_act_as_and_flags_go_before);
    tcase_add_test(tc, a_pod_finds_its_cluster);
    tcase_add_test(tc, huge_data_is_a_sentence_without_it);
    tcase_add_test(tc, json_is_a_kubeconfig_as_well);
    suite_add_tcase(suite, tc);
    return suite;
}
