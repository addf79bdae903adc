#include "app_test.h"

#include "app/unified.h"

#define HEAD "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"camera\",\"namespace\":\"media\""
#define FILES                                                                                                          \
    "diff -u -N LIVE/apps.v1.Deployment.media.camera MERGED/apps.v1.Deployment.media.camera\n"                         \
    "--- LIVE/apps.v1.Deployment.media.camera\n+++ MERGED/apps.v1.Deployment.media.camera\n"
#define SECRET "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\",\"namespace\":\"media\"},\"data\":"

static const struct {
    const char *before, *after, *wanted;
} rows[] = {
    /* what changes by itself, and another order, are no difference */
    {HEAD ",\"uid\":\"1\",\"generation\":1,\"managedFields\":[{}],\"resourceVersion\":\"7\"},\"spec\":{\"replicas\":1,\"a\":2},\"status\":{\"x\":1}}",
     HEAD ",\"creationTimestamp\":\"now\"},\"spec\":{\"a\":2,\"replicas\":1}}", ""},
    {HEAD "},\"spec\":{\"replicas\":1}}", HEAD "},\"spec\":{\"replicas\":3}}",
     FILES "@@ -4,4 +4,4 @@\n   name: camera\n   namespace: media\n spec:\n-  replicas: 1\n+  replicas: 3\n"},
    {HEAD "}}", NULL,
     FILES "@@ -1,5 +0,0 @@\n-apiVersion: apps/v1\n-kind: Deployment\n-metadata:\n-  name: camera\n-  namespace: media\n"},
    {NULL, HEAD "}}",
     FILES "@@ -0,0 +1,5 @@\n+apiVersion: apps/v1\n+kind: Deployment\n+metadata:\n+  name: camera\n+  namespace: media\n"},
    /* secrets differ without being seen */
    {SECRET "{\"a\":\"eA==\",\"b\":\"eA==\",\"c\":\"eA==\"}}", SECRET "{\"a\":\"eA==\",\"b\":\"eQ==\"}}",
     "diff -u -N LIVE/v1.Secret.media.s MERGED/v1.Secret.media.s\n--- LIVE/v1.Secret.media.s\n+++ MERGED/v1.Secret.media.s\n"
     "@@ -1,8 +1,7 @@\n apiVersion: v1\n data:\n   a: '***'\n-  b: '*** (before)'\n-  c: '***'\n+  b: '*** (after)'\n"
     " kind: Secret\n metadata:\n   name: s\n"},
    {HEAD "},\"spec\":{\"env\":[{\"name\":\"API_TOKEN\",\"value\":\"abc\"},{\"name\":\"URL\",\"value\":\"rtsp://me:pw@cam/1\"}]}}",
     HEAD "},\"spec\":{\"env\":[{\"name\":\"API_TOKEN\",\"value\":\"abd\"},{\"name\":\"URL\",\"value\":\"rtsp://me:pw@cam/2\"}]}}",
     FILES "@@ -6,6 +6,6 @@\n spec:\n   env:\n   - name: API_TOKEN\n-    value: '*** (before)'\n+    value: '*** (after)'\n"
           "   - name: URL\n-    value: rtsp://***@cam/1\n+    value: rtsp://***@cam/2\n"},
    /* one that comes */
    {HEAD "}}", HEAD "},\"spec\":{\"env\":[{\"name\":\"API_TOKEN\",\"value\":\"abc\"}]}}",
     FILES "@@ -3,3 +3,7 @@\n metadata:\n   name: camera\n   namespace: media\n+spec:\n+  env:\n+  - name: API_TOKEN\n"
           "+    value: '***'\n"},
};

START_TEST(as_kubectl_diff)
{
    struct buf out;
    buf_init(&out, 1u << 16);
    cJSON *before = rows[_i].before ? cJSON_Parse(rows[_i].before) : NULL;
    cJSON *after = rows[_i].after ? cJSON_Parse(rows[_i].after) : NULL;
    bool differs = unified_object(&out, before, after);
    ck_assert_str_eq(out.data, rows[_i].wanted);
    ck_assert_int_eq(differs, *rows[_i].wanted != '\0');
    cJSON_Delete(before);
    cJSON_Delete(after);
    buf_release(&out);
}
END_TEST

Suite *app_unified_suite(void)
{
    Suite *suite = suite_create("unified");
    TCase *tc = tcase_create("all");
    tcase_add_loop_test(tc, as_kubectl_diff, 0, ARRAY_SIZE(rows));
    suite_add_tcase(suite, tc);
    return suite;
}
