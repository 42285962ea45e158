/// One thing that can be configured: its name, what it takes, and what it is unless somebody says otherwise.
package struct Setting: Sendable {
    package enum Kind: Sendable {
        case text
        /// Of a file or folder; a relative one in a configuration file is relative to that file.
        case path
        /// The name of a shipped profile, or the path of a profile's file.
        case profile
        /// A folder among the notes of a notebook, like `/hindsight`.
        case noteFolder
        case address
        case url
        case texts
        case whole(ClosedRange<Int>)
        case seconds
        case choice([String])
        /// The name of an environment variable.
        case variable
        case mailAddress
        case entries(EntryShape)
    }

    package enum Value: Sendable, Equatable {
        case text(String)
        case texts([String])
        case whole(Int)
        case milliseconds(Int)
        case address(ListenAddress)
        /// By name and member.
        case entries([String: [String: String]])

        static func seconds(_ number: Int) -> Value { .milliseconds(number * 1_000) }
    }

    /// Dotted, like `audience.sharedDirectory`.
    package let key: String
    package let kind: Kind
    package let fallback: Value?
    package let help: String
    /// Whether its file holds a secret: then somebody may have put the secret itself here, so its value is not shown blindly.
    package let isSecret: Bool

    init(_ key: String, _ kind: Kind, _ help: String, fallback: Value? = nil, isSecret: Bool = false) {
        self.key = key
        self.kind = kind
        self.fallback = fallback
        self.help = help
        self.isSecret = isSecret
    }

    package static let variablePrefix = "HINDSIGHT_"

    /// Its name in the environment: `audience.sharedDirectory` is `HINDSIGHT_AUDIENCE_SHARED_DIRECTORY`.
    package var variable: String {
        key.reduce(into: Self.variablePrefix) { name, character in
            if character == "." {
                name += "_"
            } else {
                name += (character.isUppercase ? "_" : "") + character.uppercased()
            }
        }
    }
}

extension Setting.Value: CustomStringConvertible, Encodable {
    /// As it stands in the environment and in flags.
    package var description: String {
        switch self {
        case .text(let text): text
        case .texts(let items): items.joined(separator: ",")
        case .whole(let number): "\(number)"
        case .milliseconds(let number): number % 1_000 == 0 ? "\(number / 1_000)" : "\(Double(number) / 1_000)"
        case .address(let address): address.description
        case .entries(let entries): Self.shown(entries).joined(separator: ",")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text, .address: try container.encode(description)
        case .texts(let items): try container.encode(items)
        case .entries(let entries): try container.encode(Self.shown(entries))
        case .whole(let number): try container.encode(number)
        case .milliseconds(let number): try container.encode(Double(number) / 1_000)
        }
    }

    /// Names alone, where what they stand for is personal or leads to a secret; a threshold is neither.
    private static func shown(_ entries: [String: [String: String]]) -> [String] {
        entries.sorted { $0.key < $1.key }.map { name, members in members["threshold"].map { "\(name)=\($0)" } ?? name }
    }
}
