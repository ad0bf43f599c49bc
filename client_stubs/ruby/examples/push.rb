# frozen_string_literal: true

# Sends a message from a script, with no worker: to everyone, to a uid or to a group. Says how far it came.
#
# push.rb "hello" · push.rb --uid 42 "your parcel is here" · push.rb --group news "extra"
# (Where no worker is attached at all, PHP Gateways close their clients: run gatewayd with --events=always.)

require "gatewayworker"
require "optparse"

to = {}
parser = OptionParser.new("usage: push.rb [--uid UID | --group GROUP] MESSAGE") do |options|
  options.on("--uid UID") { |uid| to[:uid] = uid }
  options.on("--group GROUP") { |group| to[:group] = group }
end
message, *more = parser.parse(ARGV)
abort parser.banner if message.nil? || more.any? || to.size > 1

Gatewayworker::Client.open do |client|
  delivery = case to
             in { uid: } then client.send_to_uid(uid, message)
             in { group: } then client.send_to_group(group, message)
             else client.send_to_all(message)
             end
  puts "sent to #{delivery.gateways} Gateways, #{client.get_all_client_count} clients are online"
  delivery.unreachable.each { |failure| puts "not to #{failure.gateway}: #{failure.reason}" }
end
