# frozen_string_literal: true

require "openssl"

# Certificates for a test: of an authority, a server "gatewayd.test" and a client.
class Certificates
  # PEM by name: ca.crt, server.key, server.crt, client.key, client.crt.
  attr_reader :pem

  def initialize
    @pem = {}
    @authority_key = OpenSSL::PKey::EC.generate("prime256v1")
    @authority = sign(certificate("test authority", @authority_key), [["basicConstraints", "CA:TRUE", true]])
    @pem["ca.crt"] = @authority.to_pem
    %w[server client].each { |name| make(name) }
  end

  private

  def make(name)
    key = OpenSSL::PKey::EC.generate("prime256v1")
    made = sign(certificate(name, key), [["subjectAltName", "DNS:gatewayd.test", false]])
    @pem["#{name}.key"] = key.private_to_pem
    @pem["#{name}.crt"] = made.to_pem
  end

  def certificate(name, key)
    made = OpenSSL::X509::Certificate.new
    made.version = 2
    made.serial = @pem.size + 1
    made.subject = OpenSSL::X509::Name.new([["CN", name]])
    made.issuer = @authority ? @authority.subject : made.subject
    made.public_key = key
    made.not_before = Time.now - 60
    made.not_after = Time.now + (2 * 24 * 60 * 60)
    made
  end

  def sign(made, extensions)
    factory = OpenSSL::X509::ExtensionFactory.new
    factory.subject_certificate = made
    factory.issuer_certificate = @authority || made
    extensions.each { |name, value, critical| made.add_extension(factory.create_extension(name, value, critical)) }
    made.sign(@authority_key, OpenSSL::Digest.new("SHA256"))
  end
end
