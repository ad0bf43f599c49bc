# frozen_string_literal: true

require "grpc"

module Gatewayworker
  # A call with a stream each way, of which one thread reads and another writes. (The one of gRPC's generated stub waits
  # for its requests to end before it says that its responses have; here the end of the responses ends the requests.)
  # @api private
  class Stream
    include GRPC::Core::CallOps

    def initialize(channel, path, metadata)
      @call = channel.create_call(nil, nil, path, nil, GRPC::Core::TimeConsts::INFINITE_FUTURE)
      @metadata = metadata
      @headers_read = false
    end

    # Connects where that is needed, and sends the metadata. False: the stream has failed, as {#status} says.
    def open = batch(SEND_INITIAL_METADATA => @metadata) ? true : false

    # The bytes of the next message; nil at the end.
    def read
      operations = { RECV_MESSAGE => nil }
      operations[RECV_INITIAL_METADATA] = nil unless @headers_read
      result = batch(operations)
      @headers_read = true
      result&.message
    end

    # Waits until the transport takes it. False: the stream has ended.
    def write(bytes) = batch(SEND_MESSAGE => bytes) ? true : false

    # Says that nothing more will be written.
    def half_close = batch(SEND_CLOSE_FROM_CLIENT => nil)

    # How it ended: `code`, `details` and `metadata`. Waits for that.
    def status = @call.run_batch(RECV_STATUS_ON_CLIENT => nil).status

    # Ends it here, whoever reads or writes.
    def cancel = @call.cancel

    # To be called when nobody reads or writes any more.
    def close = @call.close

    private

    def batch(operations)
      @call.run_batch(operations)
    rescue GRPC::Core::CallError
      nil
    end
  end
end
