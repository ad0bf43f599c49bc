// For ThreadSanitizer runs alone, loaded by LD_PRELOAD (see ./dev sanitize). Debian's gRPC is not
// instrumented, so TSan cannot see that what a thread did before it handed a call to gRPC happens before what
// another does with the completion: every object behind a tag would look like a race. Here each hand-over
// releases one common address and each completion acquires it. That is the order that gRPC's documentation
// promises, and somewhat more; races between our own threads that do not go through gRPC are still seen.
#include <dlfcn.h>
#include <grpc/grpc.h>

extern "C" {
// Missing in processes without TSan, such as ctest itself.
__attribute__((weak)) void __tsan_acquire(void* address);
__attribute__((weak)) void __tsan_release(void* address);
}

namespace {

char hand_over;

void Acquire() {
  if (__tsan_acquire != nullptr) __tsan_acquire(&hand_over);
}

void Release() {
  if (__tsan_release != nullptr) __tsan_release(&hand_over);
}

// The function of that name in libgrpc.
template <typename Function>
Function* Real(Function*, const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

#define REAL(name) static const auto real = Real(&name, #name)

extern "C" {

grpc_call_error grpc_call_start_batch(grpc_call* call, const grpc_op* ops, size_t nops, void* tag,
                                      void* reserved) {
  Release();
  REAL(grpc_call_start_batch);
  return real(call, ops, nops, tag, reserved);
}

grpc_call_error grpc_server_request_call(grpc_server* server, grpc_call** call, grpc_call_details* details,
                                         grpc_metadata_array* metadata, grpc_completion_queue* bound,
                                         grpc_completion_queue* notification, void* tag) {
  Release();
  REAL(grpc_server_request_call);
  return real(server, call, details, metadata, bound, notification, tag);
}

grpc_call_error grpc_server_request_registered_call(grpc_server* server, void* method, grpc_call** call,
                                                    gpr_timespec* deadline, grpc_metadata_array* metadata,
                                                    grpc_byte_buffer** payload, grpc_completion_queue* bound,
                                                    grpc_completion_queue* notification, void* tag) {
  Release();
  REAL(grpc_server_request_registered_call);
  return real(server, method, call, deadline, metadata, payload, bound, notification, tag);
}

void grpc_server_shutdown_and_notify(grpc_server* server, grpc_completion_queue* queue, void* tag) {
  Release();
  REAL(grpc_server_shutdown_and_notify);
  real(server, queue, tag);
}

grpc_event grpc_completion_queue_next(grpc_completion_queue* queue, gpr_timespec deadline, void* reserved) {
  REAL(grpc_completion_queue_next);
  const grpc_event event = real(queue, deadline, reserved);
  Acquire();
  return event;
}

grpc_event grpc_completion_queue_pluck(grpc_completion_queue* queue, void* tag, gpr_timespec deadline,
                                       void* reserved) {
  REAL(grpc_completion_queue_pluck);
  const grpc_event event = real(queue, tag, deadline, reserved);
  Acquire();
  return event;
}

}  // extern "C"
