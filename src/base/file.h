/* file: whole files, read with a bound and saved so that a full disk or a kill loses nothing. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"

/* Reads into out (bounded by out->max); "-" is standard input. */
int file_read(const char *path, struct buf *out, struct err *err);
/* Beside the path, fsync, rename; an existing file keeps its mode unless mode is not 0. What is there and no regular file
 * (a device, a pipe), or may not be written, is refused: a rename would replace it. */
int file_save(const char *path, const void *data, size_t len, mode_t mode, struct err *err);
/* For what is written again and again while one works: renamed into place, mode 0600, and not waited for until it is on
 * the disk. Returns a descriptor that holds the file's lock until it is closed; -1: what was there before still is. */
int file_keep(const char *path, const void *data, size_t len, struct err *err);
/* A descriptor that holds the lock; -1: it is no file of ours, or somebody else has it. */
int file_claim(const char *path, struct err *err);
/* A new file in $TMPDIR with that text, its name ending in `suffix`: its path, which the caller frees; NULL: it could not. */
char *file_temporary(const char *suffix, const void *data, size_t len, struct err *err);
/* The last part of a path, in it. */
const char *file_base_name(const char *path);
/* The folder that a path is in; the caller frees. */
char *file_folder(const char *path);
/* What `name` means in the file at `path`: beside it, unless it is a path from the root; the caller frees. */
char *file_beside(const char *path, const char *name);
/* The same file, by whatever name; and as it was. */
bool file_is_same(const struct stat *a, const struct stat *b);
bool file_is_unchanged(const struct stat *a, const struct stat *b);
struct file_paths {
    char **items;
    size_t count;
};
/* The .yaml and .yml files of a folder, by name; not the hidden ones. -1: it cannot be read. */
int file_list_yaml(const char *dir, struct file_paths *out, struct err *err);
void file_paths_release(struct file_paths *paths);
/* The path from the root, links followed where it is there; the caller frees. */
char *file_absolute(const char *path);
int file_mkdirs(const char *path, mode_t mode, struct err *err);
bool file_exists(const char *path);
/* Removes a folder and all below it; what is not there is no error. */
int file_remove_tree(const char *path, struct err *err);
/* The folder of this program's own file, "" when unknown. */
const char *file_self_dir(void);
/* $VAR/patchbay/NAME or ~/FALLBACK/patchbay/NAME; the caller frees. XDG base directories. */
char *file_xdg(const char *var, const char *fallback, const char *name);

#endif
