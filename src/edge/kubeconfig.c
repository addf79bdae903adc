#include "base/digest.h"
#include "base/file.h"
#include "edge/seed.h"

#define FIRST_LINE "# written by patchbay-edge for one run"

/* The file may be somebody's own: only what begins with our line is replaced. */
static int check_ours(const char *path, struct err *err)
{
    if (!file_exists(path))
        return 0;
    struct buf there;
    buf_init(&there, 1u << 20);
    struct err why = ERR_INIT;
    bool ours = file_read(path, &there, &why) == 0 && (there.len == 0 || str_starts(there.data, FIRST_LINE));
    buf_release(&there);
    return ours ? 0
                : err_set(err,
                          "'%s' is there already and was not written by patchbay-edge: give --kubeconfig another "
                          "path, or remove it",
                          path);
}

int edge_kubeconfig_save(const char *path, uint16_t port, const char *ca_pem, const char *token, struct err *err)
{
    if (check_ours(path, err) < 0)
        return -1;
    struct buf text;
    buf_init(&text, 64u << 10);
    buf_addf(&text,
             "%s\napiVersion: v1\nkind: Config\nclusters:\n- name: edge\n  cluster:\n"
             "    server: https://127.0.0.1:%u\n    certificate-authority-data: ",
             FIRST_LINE, port);
    digest_base64(&text, ca_pem, strlen(ca_pem));
    buf_addf(&text,
             "\nusers:\n- name: edge\n  user:\n    token: %s\ncontexts:\n- name: edge\n  context:\n"
             "    cluster: edge\n    user: edge\n    namespace: default\ncurrent-context: edge\n",
             token);
    int rc = file_save(path, text.data, text.len, 0600, err);
    buf_release(&text);
    return rc;
}
