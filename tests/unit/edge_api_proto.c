#include "base/digest.h"
#include "edge/proto.h"
#include "edge_api_test.h"

/* What kubectl 1.34 sends for `create namespace other`. */
static const char namespace_bytes[] =
    "k8s\0\x0a\x0f\x0a\x02v1\x12\x09Namespace\x12\x1d\x0a\x15\x0a\x05other\x12\0\x1a\0\x22\0\x2a\0\x32"
    "\0\x38\0\x42\0\x12\0\x1a\x02\x0a\0\x1a\0\x22\0";
#define NAMESPACE_LEN (sizeof namespace_bytes - 1)

START_TEST(a_namespace_as_kubectl_sends_it)
{
    struct err err = ERR_INIT;
    ck_assert(proto_is(namespace_bytes, NAMESPACE_LEN));
    cJSON *json = proto_read(namespace_bytes, NAMESPACE_LEN, &err);
    ck_assert_msg(json != NULL, "%s", err.text);
    check_json(json, "{'kind':'Namespace','apiVersion':'v1','metadata':{'name':'other'}}");
    cJSON_Delete(json);
}
END_TEST

/* A counted field of less than 128 bytes. */
static void put_text(struct buf *out, int number, const char *text)
{
    buf_addc(out, (char)(number << 3 | 2));
    buf_addc(out, (char)strlen(text));
    buf_adds(out, text);
}

/* An envelope around a message. */
static void envelope(struct buf *out, const char *kind, const char *version, const struct buf *raw)
{
    struct buf meta;
    buf_init(&meta, 256);
    put_text(&meta, 1, version);
    put_text(&meta, 2, kind);
    buf_add(out, "k8s\0", 4);
    buf_addc(out, 0x0a);
    buf_addc(out, (char)meta.len);
    buf_add(out, meta.data, meta.len);
    buf_addc(out, 0x12);
    buf_addc(out, (char)raw->len);
    buf_add(out, raw->data, raw->len);
    buf_release(&meta);
}

static cJSON *read_raw(const char *kind, const char *version, const char *bytes, size_t len, struct err *err)
{
    struct buf raw, out;
    buf_init(&raw, 1024);
    buf_init(&out, 1024);
    buf_add(&raw, bytes, len);
    envelope(&out, kind, version, &raw);
    cJSON *json = proto_read(out.data, out.len, err);
    buf_release(&raw);
    buf_release(&out);
    return json;
}

#define RAW(kind, version, bytes, err) read_raw(kind, version, bytes, sizeof(bytes) - 1, err)

START_TEST(maps_numbers_and_embedded_messages)
{
    struct err err = ERR_INIT;
    /* data {a: b}, binaryData {c: 0 1 2}, immutable */
    cJSON *json = RAW("ConfigMap", "v1",
                      "\x12\x06\x0a\x01"
                      "a\x12\x01"
                      "b\x1a\x08\x0a\x01"
                      "c\x12\x03\0\1\2\x20\1",
                      &err);
    ck_assert_msg(json != NULL, "%s", err.text);
    check_json(json,
               "{'kind':'ConfigMap','apiVersion':'v1','data':{'a':'b'},'binaryData':{'c':'AAEC'},'immutable':true}");
    cJSON_Delete(json);
    /* spec.replicas 0, which is a word; spec.minReadySeconds 0, which is none */
    json = RAW("Deployment", "apps/v1", "\x12\x04\x08\0\x28\0", &err);
    check_json(json, "{'kind':'Deployment','apiVersion':'apps/v1','spec':{'replicas':0}}");
    cJSON_Delete(json);
    /* spec.containers[0].readinessProbe.handler.httpGet.port 80: the handler is embedded */
    json = RAW("Pod", "v1", "\x12\x10\x12\x0e\x5a\x0c\x0a\x0a\x12\x08\x12\x06\x08\0\x10\x50\x1a\0", &err);
    ck_assert_msg(json != NULL, "%s", err.text);
    check_json(json_get(json, "spec"), "{'containers':[{'readinessProbe':{'httpGet':{'port':80}}}]}");
    cJSON_Delete(json);
    /* a quantity: spec.containers[0].resources.limits {cpu: 1} */
    json = RAW("Pod", "v1",
               "\x12\x10\x12\x0e\x42\x0c\x0a\x0a\x0a\x03"
               "cpu\x12\x03\x0a\x01"
               "1",
               &err);
    ck_assert_msg(json != NULL, "%s", err.text);
    check_json(json_get(json, "spec"), "{'containers':[{'resources':{'limits':{'cpu':'1'}}}]}");
    cJSON_Delete(json);
}
END_TEST

START_TEST(what_cannot_be_read_is_not_lost_unseen)
{
    struct err err = ERR_INIT;
    /* spec.affinity.nodeAffinity with something in it */
    ck_assert_ptr_null(RAW("Pod", "v1", "\x12\x07\x92\x01\x04\x0a\x02\x0a\0", &err));
    ck_assert_ptr_nonnull(strstr(err.text, "send JSON"));
    ck_assert_ptr_null(RAW("Unicorn", "v1", "", &err));
    ck_assert_ptr_nonnull(strstr(err.text, "Unicorn"));
}
END_TEST

START_TEST(half_of_it_is_an_error_or_less)
{
    for (size_t n = 4; n < NAMESPACE_LEN; n++) {
        struct err err = ERR_INIT;
        char *part = xmemdup(namespace_bytes, n); /* so that a byte too far is seen */
        cJSON_Delete(proto_read(part, n, &err));
        free(part);
    }
}
END_TEST

START_TEST(noise_does_no_harm)
{
    for (int i = 0; i < 3000; i++) {
        char bytes[96];
        struct err err = ERR_INIT;
        digest_random(bytes, sizeof bytes);
        cJSON_Delete(read_raw(i % 2 ? "Pod" : "Deployment", "v1", bytes, (size_t)i % sizeof bytes, &err));
        char *changed = xmemdup(namespace_bytes, NAMESPACE_LEN);
        changed[4 + (unsigned char)bytes[0] % (NAMESPACE_LEN - 4)] = bytes[1];
        cJSON_Delete(proto_read(changed, NAMESPACE_LEN, &err));
        free(changed);
    }
}
END_TEST

Suite *edge_api_proto_suite(void)
{
    Suite *suite = suite_create("edge protobuf");
    TCase *tc = tcase_create("protobuf");
    tcase_add_test(tc, a_namespace_as_kubectl_sends_it);
    tcase_add_test(tc, maps_numbers_and_embedded_messages);
    tcase_add_test(tc, what_cannot_be_read_is_not_lost_unseen);
    tcase_add_test(tc, half_of_it_is_an_error_or_less);
    tcase_add_test(tc, noise_does_no_harm);
    suite_add_tcase(suite, tc);
    return suite;
}
