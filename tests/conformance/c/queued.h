/* Every call that takes a context, through a queue: it has that of the queue,
 * if one was begun, and waits for its event. */
#ifndef QUEUED_H
#define QUEUED_H

#include "libremotestore.h"

/* Lets all calls be submitted from here on; end_queue closes what that needs, and
 * returns how many were pending. */
void begin_queue(void);
size_t end_queue(void);

rstore_ctx queued_ctx(void);              /* 0 if there is no queue */
int32_t queued_status(int32_t status);    /* of a call that returned this one */

#define QUEUED(function, handle, ...) queued_status(function(handle, queued_ctx(), __VA_ARGS__))

#define rstore_ping(h, ctx, ...) QUEUED(rstore_ping, h, __VA_ARGS__)
#define rstore_head(h, ctx, ...) QUEUED(rstore_head, h, __VA_ARGS__)
#define rstore_exists(h, ctx, ...) QUEUED(rstore_exists, h, __VA_ARGS__)
#define rstore_get(h, ctx, ...) QUEUED(rstore_get, h, __VA_ARGS__)
#define rstore_get_into(h, ctx, ...) QUEUED(rstore_get_into, h, __VA_ARGS__)
#define rstore_get_ranges(h, ctx, ...) QUEUED(rstore_get_ranges, h, __VA_ARGS__)
#define rstore_get_many(h, ctx, ...) QUEUED(rstore_get_many, h, __VA_ARGS__)
#define rstore_head_many(h, ctx, ...) QUEUED(rstore_head_many, h, __VA_ARGS__)
#define rstore_put(h, ctx, ...) QUEUED(rstore_put, h, __VA_ARGS__)
#define rstore_append(h, ctx, ...) QUEUED(rstore_append, h, __VA_ARGS__)
#define rstore_delete(h, ctx, ...) QUEUED(rstore_delete, h, __VA_ARGS__)
#define rstore_delete_many(h, ctx, ...) QUEUED(rstore_delete_many, h, __VA_ARGS__)
#define rstore_copy(h, ctx, ...) QUEUED(rstore_copy, h, __VA_ARGS__)
#define rstore_move(h, ctx, ...) QUEUED(rstore_move, h, __VA_ARGS__)
#define rstore_set_acl(h, ctx, ...) QUEUED(rstore_set_acl, h, __VA_ARGS__)
#define rstore_folder_info(h, ctx, ...) QUEUED(rstore_folder_info, h, __VA_ARGS__)
#define rstore_delete_folder(h, ctx, ...) QUEUED(rstore_delete_folder, h, __VA_ARGS__)
#define rstore_list_next(h, ctx, ...) QUEUED(rstore_list_next, h, __VA_ARGS__)
#define rstore_reader_open(h, ctx, ...) QUEUED(rstore_reader_open, h, __VA_ARGS__)
#define rstore_reader_read(h, ctx, ...) QUEUED(rstore_reader_read, h, __VA_ARGS__)
#define rstore_reader_read_at(h, ctx, ...) QUEUED(rstore_reader_read_at, h, __VA_ARGS__)
#define rstore_writer_open(h, ctx, ...) QUEUED(rstore_writer_open, h, __VA_ARGS__)
#define rstore_writer_write(h, ctx, ...) QUEUED(rstore_writer_write, h, __VA_ARGS__)
#define rstore_writer_commit(h, ctx, ...) QUEUED(rstore_writer_commit, h, __VA_ARGS__)
#define rstore_writer_abort(h, ctx, ...) QUEUED(rstore_writer_abort, h, __VA_ARGS__)
#define rstore_upload_open(h, ctx, ...) QUEUED(rstore_upload_open, h, __VA_ARGS__)
#define rstore_upload_part(h, ctx, ...) QUEUED(rstore_upload_part, h, __VA_ARGS__)
#define rstore_upload_commit(h, ctx, ...) QUEUED(rstore_upload_commit, h, __VA_ARGS__)
#define rstore_upload_abort(h, ctx, ...) QUEUED(rstore_upload_abort, h, __VA_ARGS__)
#define rstore_uploads_abort(h, ctx, ...) QUEUED(rstore_uploads_abort, h, __VA_ARGS__)
#define rstore_settle(ctx, error) queued_status((rstore_settle)(queued_ctx(), error))

#endif
