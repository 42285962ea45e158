// The events of every saga's every step, read and written without `Codable`; what is seldom stays with it.

extension SagaStarted: JSONReadable, JSONWritable {
    public init(reading members: inout MemberReader) throws {
        cause = try members.string("cause")
        definitionVersion = try members.integer("definitionVersion")
        instance = try members.string("instance")
        saga = try members.string("saga")
    }

    public func write(to members: inout MemberWriter) {
        members.write("cause", cause)
        members.write("definitionVersion", definitionVersion)
        members.write("instance", instance)
        members.write("saga", saga)
    }
}

extension EffectIntended: JSONReadable, JSONWritable {
    public init(reading members: inout MemberReader) throws {
        attempt = try members.integer("attempt")
        cause = try members.string("cause")
        compensation = try members.optionalObject("compensation")
        deadline = try members.timestamp("deadline")
        definitionVersion = try members.integer("definitionVersion")
        effect = try members.string("effect")
        epoch = try members.integer("epoch")
        inDoubt = try members.optionalBool("inDoubt")
        instance = try members.string("instance")
        key = try members.string("key")
        request = try members.value("request")
        saga = try members.string("saga")
        undoes = try members.optionalObject("undoes")
    }

    public func write(to members: inout MemberWriter) throws {
        members.write("attempt", attempt)
        members.write("cause", cause)
        try members.write("compensation", compensation)
        members.write("deadline", deadline)
        members.write("definitionVersion", definitionVersion)
        members.write("effect", effect)
        members.write("epoch", epoch)
        members.write("inDoubt", inDoubt)
        members.write("instance", instance)
        members.write("key", key)
        try members.write("request", request)
        members.write("saga", saga)
        try members.write("undoes", undoes)
    }
}

extension Compensation: JSONReadable, JSONWritable {
    public init(reading members: inout MemberReader) throws {
        kind = try members.string("kind")
        request = try members.value("request")
    }

    public func write(to members: inout MemberWriter) throws {
        members.write("kind", kind)
        try members.write("request", request)
    }
}

extension EffectReference: JSONReadable, JSONWritable {
    public init(reading members: inout MemberReader) throws {
        key = try members.string("key")
        kind = try members.string("kind")
    }

    public func write(to members: inout MemberWriter) {
        members.write("key", key)
        members.write("kind", kind)
    }
}

// What the events of one attempt begin with.

extension MemberReader {
    fileprivate mutating func attempt() throws -> (at: Timestamp, attempt: Int, effect: String, epoch: Int64, key: String) {
        (
            try timestamp("at"), try integer("attempt"), try string("effect"), try integer("epoch"), try string("key")
        )
    }
}

extension MemberWriter {
    fileprivate mutating func writeAttempt(_ at: Timestamp, _ attempt: Int, _ effect: String, _ epoch: Int64, _ key: String) {
        write("at", at)
        write("attempt", attempt)
        write("effect", effect)
        write("epoch", epoch)
        write("key", key)
    }
}

extension EffectTakenUp: JSONReadable, JSONWritable {
    public init(reading members: inout MemberReader) throws {
        (at, attempt, effect, epoch, key) = try members.attempt()
    }

    public func write(to members: inout MemberWriter) {
        members.writeAttempt(at, attempt, effect, epoch, key)
    }
}

extension EffectSucceeded: JSONReadable, JSONWritable {
    public init(reading members: inout MemberReader) throws {
        (at, attempt, effect, epoch, key) = try members.attempt()
        knownBy = try members.string("knownBy")
        result = try members.value("result")
    }

    public func write(to members: inout MemberWriter) throws {
        members.writeAttempt(at, attempt, effect, epoch, key)
        members.write("knownBy", knownBy)
        try members.write("result", result)
    }
}

extension TimerSet: JSONReadable, JSONWritable {
    public init(reading members: inout MemberReader) throws {
        cause = try members.string("cause")
        due = try members.timestamp("due")
        timer = try members.string("timer")
        wakeUp = try members.string("wakeUp")
    }

    public func write(to members: inout MemberWriter) {
        members.write("cause", cause)
        members.write("due", due)
        members.write("timer", timer)
        members.write("wakeUp", wakeUp)
    }
}

extension TimerFired: JSONReadable, JSONWritable {
    public init(reading members: inout MemberReader) throws {
        at = try members.timestamp("at")
        due = try members.timestamp("due")
        timer = try members.string("timer")
        wakeUp = try members.string("wakeUp")
    }

    public func write(to members: inout MemberWriter) {
        members.write("at", at)
        members.write("due", due)
        members.write("timer", timer)
        members.write("wakeUp", wakeUp)
    }
}

extension SagaFinished: JSONReadable, JSONWritable {
    public init(reading members: inout MemberReader) throws {
        cause = try members.string("cause")
        outcome = try members.string("outcome")
    }

    public func write(to members: inout MemberWriter) {
        members.write("cause", cause)
        members.write("outcome", outcome)
    }
}
