/* file: whole files, read with a bound and saved so that a full disk or a kill loses nothing. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

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
