# frozen_string_literal: true

# A chat room, with groups and presence.
#
# Clients send lines of text: what they say, "/name Ann" to be called so, "/who" to ask who is here. They get JSON:
# {"type": "say", "from": "Ann", "text": "hi"}, {"type": "system", "text": "Ann is here"},
# {"type": "online", "names": […]}
# The room is a group and names are in sessions: both are kept by the Gateways, so this can be restarted, and run twice.

require "gatewayworker"
require "json"

ROOM = "chat"

# The worker.
class Chat < Gatewayworker::Worker
  ANNOUNCING = Mutex.new # or of two clients that come at once, the list without the second may come last

  def on_connect(event)
    enter(event, "guest #{event.client_id[12..].to_i(16)}")
  end

  def on_message(event)
    text = event.text.strip
    wanted = text.delete_prefix("/name ")[0, 20].strip
    on_connect(event) if name_in(event.session).empty? # the client was there before us
    if text.start_with?("/name ") && !["", name_in(event.session)].include?(wanted)
      enter(event, wanted)
      tell_all(type: "system", text: "#{wanted} is here")
    elsif text.start_with?("/")
      client.send_to_current_client(JSON.generate(online))
    else
      tell_all(type: "say", from: name_in(event.session), text:)
    end
  end

  def on_close(event)
    return if name_in(event.session).empty?

    tell_all(type: "system", text: "#{name_in(event.session)} has left")
    announce
  end

  private

  # The generation keeps a late answer from a stranger: a Gateway that was restarted uses its client_ids again.
  def enter(event, name)
    client.update_session(event.client_id, { name: }, generation: event.generation)
    client.join_group(event.client_id, ROOM, generation: event.generation)
    event.session["name"] = name
    announce
  end

  def announce
    ANNOUNCING.synchronize { tell_all(**online) }
  end

  def online
    sessions = client.get_client_sessions_by_group(ROOM)
    { type: "online", names: sessions.values.map { |session| name_in(session) }.sort }
  end

  def tell_all(**message)
    client.send_to_group(ROOM, JSON.generate(message))
  end

  def name_in(session) = session.fetch("name", "").to_s
end

Chat.new.run
