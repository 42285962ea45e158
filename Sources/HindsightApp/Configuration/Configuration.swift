package import Logging
package import MailAdapter
package import PaymentsAdapter

/// The settings in force.
package struct Configuration: Sendable {
    package enum Clock: String, Sendable, CaseIterable { case system, manual }

    package struct Auth: Sendable, Equatable {
        package let keys: String?
        package let issuer: String?
        package let audience: [String]?
    }

    package struct TLS: Sendable, Equatable {
        package let certificate: String
        package let key: String
    }

    package struct Logging: Sendable, Equatable {
        package enum Format: String, Sendable, CaseIterable { case json, text }
        package let level: Logger.Level
        package let format: Format?
    }

    package struct Limits: Sendable, Equatable {
        package let bodyBytes: Int
        package let connections: Int
        package let header: Duration
        package let body: Duration
        package let idle: Duration
        package let stop: Duration
    }

    package struct Audience: Sendable, Equatable {
        package struct Zeppelin: Sendable, Equatable {
            package let url: String
            package let credentials: String?
        }

        /// `nil` means the engine's own user.
        package struct Permissions: Sendable, Equatable {
            package let owners: [String]?
            package let writers: [String]?
            package let runners: [String]?
            package let readers: [String]?
        }

        package struct Limits: Sendable, Equatable {
            package let pending: Duration
            package let running: Duration
            package let poll: Duration
            package let approvalRows: Int
        }

        package struct Notices: Sendable, Equatable {
            package struct Webhook: Sendable, Equatable {
                /// Where the secret is, and never the secret.
                package enum Secret: Sendable, Equatable {
                    case file(String)
                    case environment(variable: String)
                }

                package let url: String
                package let secret: Secret
            }

            package struct Mail: Sendable, Equatable {
                package let server: ListenAddress
                package let security: MailServer.Security
                package let trustRoots: String?
                package let credentials: String?
                package let from: String
                /// By the names that forms use.
                package let recipients: [String: String]
            }

            package let webhooks: [String: Webhook]
            package let mail: Mail?
        }

        package let zeppelin: Zeppelin?
        package let root: String
        package let sharedDirectory: String?
        package let templates: String?
        package let permissions: Permissions
        package let limits: Limits
        package let notices: Notices
    }

    package struct Gateway: Sendable, Equatable {
        package let kind: PaymentGatewayKind
        package let url: String
        package let credentials: String?
        /// The environment variable that holds the token, in place of the file.
        package let credentialsVariable: String?
        package let webhookSecret: String?
    }

    package struct Work: Sendable, Equatable {
        package let lease: Duration
    }

    package let log: LogLocation
    package let work: Work
    package let listen: ListenAddress
    package let clock: Clock
    package let auth: Auth
    package let tls: TLS?
    package let attestationKey: String?
    package let logging: Logging
    package let limits: Limits
    package let audience: Audience
    /// A name, or a path, which has a `/` or a `.` in it.
    package let profile: String
    /// How many stewards have to agree on a review; 1 where one decides.
    package let blindReviews: Int
    package let gateway: Gateway?
    /// With the thresholds in force.
    package let alertRules: [BillingAlertRule]
    /// Every setting in the order of the table, whether it has a value or not.
    package let entries: [Entry]
}
