/// What a built-in domain owns in the log, and what it says to facts that services state there.
public struct Domain: Sendable {
    /// A fact that the domain does not admit.
    public struct Refusal: Error, Sendable, Equatable {
        /// Among the facts asked about.
        public let index: Int
        public let reason: String

        public init(index: Int = 0, reason: String) {
            self.index = index
            self.reason = reason
        }
    }

    /// `billing-retries`: also the folder of its schemas; its event types begin with the name and a dot.
    public let name: String
    public let categories: [Category]

    /// The domain's word on facts that a service wants to append to one of its streams, in this order: `nil` admits them.
    ///
    /// The facts have passed their schemas. Nothing is added to the append: what follows from the facts are events of their own.
    public let refusal: @Sendable (_ facts: [NewEvent], _ stream: StreamName, _ log: any EventLog) async throws -> Refusal?

    public init(
        name: String, categories: [Category],
        refusal: @escaping @Sendable (_ facts: [NewEvent], _ stream: StreamName, _ log: any EventLog) async throws -> Refusal?
    ) {
        self.name = name
        self.categories = categories
        self.refusal = refusal
    }

    public var typePrefix: String { name + "." }
}
