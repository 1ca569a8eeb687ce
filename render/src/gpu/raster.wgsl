// Colours the cells of a field: place of each pixel from the lattice (or a cell number from
// the cell image), value from the field, colour from the table. The arithmetic is that of
// `svg/raster.rs`: change both together.

struct Params {
    scale: vec2f,      // pixels now per pixel of the lattice's view
    offset: vec2f,     // where that view's corner lies now, pixels
    size: vec2f,       // size of the frame, pixels
    period: f32,       // columns in a full turn, 0 for none
    low: f32,
    factor: f32,
    flags: u32,        // 1: logarithm, 2: the target converts to sRGB itself
    overscan: f32,
    unused: f32,
    origin: vec2i,
    grid: vec2u,       // columns, rows
    reduce: vec2u,     // cells per texel of the field, each way
    image: vec2u,      // size of the cell image
    missing: vec4f,
    outside: vec4f,
    table: array<vec4u, 64>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var field: texture_2d<u32>;
@group(0) @binding(2) var cell_image: texture_2d<u32>;

const NO_CELL: u32 = 0xfffffffeu;
const OUTSIDE: u32 = 0xffffffffu;

struct Square {
    @builtin(position) position: vec4f,
    @location(0) px: vec2f,
    @location(1) @interpolate(flat) rect: vec4f,
    @location(2) @interpolate(flat) top: vec4f,
    @location(3) @interpolate(flat) bottom: vec4f,
}

fn clip_from_px(px: vec2f) -> vec4f {
    let now = px * params.scale + params.offset;
    return vec4f(now.x / params.size.x * 2.0 - 1.0, 1.0 - now.y / params.size.y * 2.0, 0.0, 1.0);
}

fn corner_of(vertex: u32) -> vec2f {
    return vec2f(f32(vertex & 1u), f32(vertex >> 1u));
}

fn finished(color: vec4f) -> vec4f {
    var rgb = color.rgb;
    if (params.flags & 2u) != 0u {
        let low = rgb / 12.92;
        let high = pow((rgb + 0.055) / 1.055, vec3f(2.4));
        rgb = select(high, low, rgb <= vec3f(0.04045));
    }
    return vec4f(rgb * color.a, color.a);
}

fn color_of_cell(column: i32, row: i32) -> vec4f {
    let texel = vec2u(u32(column), u32(row)) / params.reduce;
    let bits = textureLoad(field, texel, 0).r;
    // Shaders may assume that no NaN exists, so missing values are told by their bits.
    if (bits & 0x7fffffffu) > 0x7f800000u {
        return params.missing;
    }
    var value = bitcast<f32>(bits);
    if (params.flags & 1u) != 0u {
        if value <= 0.0 {
            return params.missing;
        }
        value = log2(value);
    }
    let t = clamp((value - params.low) * params.factor * 256.0, 0.0, 255.0);
    let i = u32(t);
    return unpack4x8unorm(params.table[i / 4u][i % 4u]);
}

@vertex
fn square_vertex(
    @builtin(vertex_index) vertex: u32,
    @location(0) rect: vec4f,
    @location(1) top: vec4f,
    @location(2) bottom: vec4f,
) -> Square {
    let px = rect.xy + corner_of(vertex) * rect.zw;
    return Square(clip_from_px(px), px, rect, top, bottom);
}

@fragment
fn square_fragment(in: Square) -> @location(0) vec4f {
    let uv = (in.px - in.rect.xy) / in.rect.zw;
    let a = in.top.xy + (in.top.zw - in.top.xy) * uv.x;
    let b = in.bottom.xy + (in.bottom.zw - in.bottom.xy) * uv.x;
    let place = a + (b - a) * uv.y;
    let size = vec2i(params.grid);
    let row = i32(floor(place.y)) + params.origin.y;
    var column = i32(floor(place.x)) + params.origin.x;
    if (column < 0 || column >= size.x) && params.period > 0.0 {
        let x = place.x + f32(params.origin.x);
        column = i32(floor(x - floor(x / params.period) * params.period));
    }
    if row < 0 || row >= size.y || column < 0 || column >= size.x {
        return finished(params.outside);
    }
    return finished(color_of_cell(column, row));
}

struct Image {
    @builtin(position) position: vec4f,
    @location(0) px: vec2f,
}

@vertex
fn image_vertex(@builtin(vertex_index) vertex: u32) -> Image {
    let px = corner_of(vertex) * vec2f(params.image) - params.overscan;
    return Image(clip_from_px(px), px);
}

@fragment
fn image_fragment(in: Image) -> @location(0) vec4f {
    let last = vec2i(params.image) - 1;
    let texel = clamp(vec2i(floor(in.px + params.overscan)), vec2i(0), last);
    let cell = textureLoad(cell_image, texel, 0).r;
    if cell == OUTSIDE {
        return vec4f(0.0);
    }
    if cell == NO_CELL {
        return finished(params.outside);
    }
    return finished(color_of_cell(i32(cell % params.grid.x), i32(cell / params.grid.x)));
}
