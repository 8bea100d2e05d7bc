-- SPDX-License-Identifier: GPL-2.0
-- The words of a paragraph: references become \ref, short names the ones that the
-- specification uses, names of fields \field.

local sections = ...

local CMD, RESP = 'VIRTIO_GPU_CMD_', 'VIRTIO_GPU_RESP_ERR_'
local CACHE, ATTR = 'VIRTIO_GPU_MAP_CACHE_', 'VIRTIO_GPU_MAP_ATTR_'
local prefix = {
	RESOURCE_CREATE_BLOB = CMD, RESOURCE_MAP_BLOB = CMD, RESOURCE_UNMAP_BLOB = CMD,
	RESOURCE_UNREF = CMD, MAP_ATTR_FETCH = CMD, MAP_ATTR_ACK = CMD,
	OUT_OF_MEMORY = RESP, CACHED = CACHE, UNCACHED = CACHE, WC = CACHE,
	REVOKED = ATTR, READ_ONLY = ATTR, SYNC_REQUIRED = ATTR,
}

local function tex(s) return pandoc.RawInline('latex', s) end

-- A word, and what is a name in it. SHORT: names are to stay as short as they are.
local function named(word, short)
	local out = pandoc.Inlines {}
	local rest = word:gsub('^([^%w_]*)([%w_]+)', function(before, name)
		if before ~= '' then out:insert(pandoc.Str(before)) end
		if name:match('^%l+_[%l_]+$') then
			out:insert(tex('\\field{' .. name .. '}'))
		else
			out:insert(pandoc.Str((not short and prefix[name] or '') .. name))
		end
		return ''
	end, 1)
	if rest ~= '' then out:insert(pandoc.Str(rest)) end
	return out
end

-- Whether a digit that comes after these words is the number of a section: "section 7",
-- "sections 3 and 7".
local function announced(words)
	local last, before = (words[#words] or ''):gsub('^%(', ''), words[#words - 2]
	return last == 'section' or last == 'sections' or last == 'and' and before == 'sections'
end

-- A reference as \ref, or nil if the word is none. One to the clauses that it stands in
-- says nothing without numbers of clauses: it is dropped.
local function reference(word, words, here)
	local open, what, close = word:match('^(%(?)([%d.]*%d)([%),.:;]*)$')
	local label
	if what and (what:find('.', 1, true) or announced(words)) then
		label = assert(sections.label(what), 'no such section: ' .. what)
	else
		open, what, close = word:match('^(%(?)([DR]%d+)([%),.:;]*)$')
		if not what then return nil end
		label = assert(sections.home[what], 'no such clause: ' .. what)
		if label == here and open == '(' then return close:sub(2) end
	end
	return tex((open == '(' and '(see ' or '') .. '\\ref{' .. label .. '}' .. close)
end

-- convert INLINES, LABEL, SHORT: LABEL is the one of the clauses they are part of, if any.
return function(inlines, here, short)
	local out, words = pandoc.Inlines {}, {}
	for _, inline in ipairs(inlines) do
		if inline.t == 'Str' then
			local ref = reference(inline.text, words, here)
			if type(ref) == 'string' then
				out:remove()
				out:insert(pandoc.Str(ref))
			elseif ref then
				out:insert(ref)
			else
				out:extend(named(inline.text:gsub("'", '’'), short))
			end
			words[#words + 1] = inline.text
		elseif inline.t == 'Code' then
			out:insert(tex('\\field{' .. inline.text .. '}'))
		else
			out:insert(inline)
		end
	end
	return out
end
