/* entry: what one entry of a kubeconfig (a cluster's, a user's, a context's map) says under a key, with the kinds of
 * values that clientcmd takes there. What is of another kind is an error that names the key and its line. */
#ifndef K8S_ENTRY_H
#define K8S_ENTRY_H

#include "base/yaml.h"

struct config_entry {
    const struct yaml_node *node; /* may be NULL */
    const char *dir;              /* what its relative paths start from */
    const char *file;             /* where it stands */
};

#define PEM_MAX (1u << 20)

/* NULL when it is not given or empty, and after an error. An error that is set already stays. */
const char *entry_text(const struct config_entry *entry, const char *key, struct err *err);
bool entry_bool(const struct config_entry *entry, const char *key, struct err *err);
/* The path at key, resolved; NULL when it is not given. The caller frees. */
char *entry_path(const struct config_entry *entry, const char *key, struct err *err);
char *entry_resolve(const struct config_entry *entry, const char *path);
/* A list of texts, NULL-terminated; NULL when it is not given or empty. strings_free() it. */
char **entry_strings(const struct config_entry *entry, const char *key, struct err *err);
/* PEM from KEY-data (base64) or from the file that KEY names: then *file is its path. Both NULL: neither is given. */
int entry_pem(const struct config_entry *entry, const char *key, char **pem, char **file, struct err *err);

/* NULL-terminated lists of texts of one's own; NULL is the empty one. */
char **strings_copy(char *const *list);
void strings_free(char **list);
size_t strings_count(char *const *list);
void strings_add(char ***list, char *text); /* takes text */
/* Overwrites a secret before it is freed. */
void secret_free(char *secret);

#endif
