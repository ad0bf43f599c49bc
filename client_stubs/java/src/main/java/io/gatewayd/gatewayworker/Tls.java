package io.gatewayd.gatewayworker;

import io.grpc.ChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;

/**
 * TLS to the daemon. As it is: the system's authorities, and no certificate of our own.
 *
 * <pre>{@code
 * new Tls().rootCertificates(Files.readAllBytes(Path.of("ca.crt"))).serverName("gatewayd.internal")
 * }</pre>
 */
public final class Tls {
  private final byte[] roots;
  private final byte[] chain;
  private final byte[] key;
  private final String serverName;

  /** The system's authorities, and no certificate of our own. */
  public Tls() {
    this(null, null, null, null);
  }

  private Tls(byte[] roots, byte[] chain, byte[] key, String serverName) {
    this.roots = roots;
    this.chain = chain;
    this.key = key;
    this.serverName = serverName;
  }

  /**
   * Takes these authorities in place of the system's.
   *
   * @param pem certificates
   * @return another one
   */
  public Tls rootCertificates(byte[] pem) {
    return new Tls(pem.clone(), chain, key, serverName);
  }

  /**
   * Shows the daemon a certificate.
   *
   * @param chainPem the certificate, and those between it and the authority
   * @param privateKeyPem its key: PKCS #8, not encrypted
   * @return another one
   */
  public Tls certificate(byte[] chainPem, byte[] privateKeyPem) {
    return new Tls(roots, chainPem.clone(), privateKeyPem.clone(), serverName);
  }

  /**
   * The name that the daemon's certificate must have, where it is not the host of the address.
   *
   * @param name of the certificate
   * @return another one
   */
  public Tls serverName(String name) {
    return new Tls(roots, chain, key, Objects.requireNonNull(name));
  }

  Optional<String> serverName() {
    return Optional.ofNullable(serverName);
  }

  /** Throws IllegalArgumentException where the PEM cannot be read. */
  ChannelCredentials credentials() {
    TlsChannelCredentials.Builder builder = TlsChannelCredentials.newBuilder();
    try {
      if (roots != null) {
        builder.trustManager(new ByteArrayInputStream(roots));
      }
      if (chain != null) {
        builder.keyManager(new ByteArrayInputStream(chain), new ByteArrayInputStream(key));
      }
    } catch (IOException error) {
      throw new IllegalArgumentException("TLS: the PEM cannot be read", error);
    }
    return builder.build();
  }
}
